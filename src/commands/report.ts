/**
 * `weir report`: the state of one service's trace quality, or of all, as something to read, mail or process. Asks the ClickHouse server of
 * the configuration; where that is embedded, or `--url` is given, a running Weir, which alone may open its data directory.
 */
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { loadJobs } from '../engine/load-jobs.ts';
import type { QualityReport } from '../report/quality-report.ts';
import { lastHours } from '../report/quality-question.ts';
import { queryReport } from '../report/query-report.ts';
import { reportText } from '../report/report-format.ts';
import { openReader } from '../sinks/clickhouse-reader.ts';
import { SinkError } from '../sinks/sink-error.ts';
import { colorsFor, createTerminal } from '../terminal.ts';
import { UnreachableError, apiAddress, askApi } from './api-client.ts';
import { openStore, qualityKnowledge } from './assemble.ts';
import { EXIT, type ExitCode, UsageError, storeError } from './failure.ts';
import type { ReportFlags } from './flags.ts';

/** ClickHouse's codes for a table, and a database, that does not exist. */
const ABSENT = new Set(['60', '81']);
const HOURS_MAX = 366 * 24;
/** A query over a long period takes its time. */
const ANSWER_MS_MAX = 60_000;

interface Asked {
  /** Empty: all. */
  readonly service: string;
  readonly hours: number;
  readonly tenant: string;
}

export async function report(service: string | undefined, flags: ReportFlags): Promise<ExitCode> {
  const hours = Number(flags.hours);
  if (!Number.isInteger(hours) || hours < 1 || hours > HOURS_MAX)
    throw new UsageError(`--hours ${flags.hours}: expected a whole number from 1 to ${HOURS_MAX}`);
  const url = webAddress('--url', flags.url);
  const { config } = await loadConfig({ file: flags.config, environment: process.env });
  const jaegerUrl = webAddress('--jaeger-url', flags.jaegerUrl ?? config.report.jaegerUrl)!;
  const asked = { service: service ?? '', hours, tenant: flags.tenant ?? config.tenants.names[0]! };
  const isStore = url === undefined && config.clickhouse.url !== undefined;
  const found = isStore
    ? await askStore(config, asked)
    : await askWeir(url ?? `${apiAddress(config)}${config.http.basePath}`, config, asked);
  const colors = colorsFor(createTerminal(process.stdout));
  process.stdout.write(reportText(found, { format: flags.format, jaegerUrl, colors }));
  if (found.scores.length === 0) process.stderr.write(`weir: ${hintFor(asked, config, isStore)}\n`);
  return EXIT.ok;
}

/** Where to look where nothing was judged. */
function hintFor({ service, tenant }: Asked, { jobs, tenants }: Config, isStore: boolean): string {
  // A Weir without the job says so itself.
  if (isStore && !jobs.includes('quality'))
    return 'job quality is not among `jobs` of this configuration: add quality there';
  const ways = ['look further back with --hours'];
  if (tenants.names.length > 1) ways.push(`for another tenant than ${tenant} with --tenant`);
  if (service !== '') ways.push('or leave the name out, which lists all services');
  return ways.join('; ');
}

/** Without a final slash. */
function webAddress(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`${flag} ${text}: expected an http:// or https:// address`);
  return text.replace(/\/+$/, '');
}

async function askWeir(address: string, config: Config, asked: Asked): Promise<QualityReport> {
  const { service, hours, tenant } = asked;
  const query = new URLSearchParams({ service, hours: String(hours) });
  const url = `${address}/api/quality-metrics/report?${query.toString()}`;
  try {
    const text = await askApi(url, config, { tenant, timeoutMs: ANSWER_MS_MAX });
    return JSON.parse(text) as QualityReport;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new Error(`${error.message}: start Weir there, or name a running one with --url`, { cause: error });
  }
}

async function askStore(config: Config, { service, hours, tenant }: Asked): Promise<QualityReport> {
  const jobs = await loadJobs(['quality'], config);
  const store = await openStore(config, () => undefined);
  const reader = openReader(store.options);
  try {
    return await queryReport(
      { reader, database: config.clickhouse.database },
      { tenant, service, period: lastHours(hours, Date.now()) },
      qualityKnowledge(config, jobs),
    );
  } catch (error) {
    if (error instanceof SinkError && error.code !== undefined && ABSENT.has(error.code))
      throw new Error(
        `database ${config.clickhouse.database} has no view \`quality\`: add quality to \`jobs\`, and start Weir`,
        {
          cause: error,
        },
      );
    throw storeError(error, config);
  } finally {
    await reader.close();
    await store.stop();
  }
}
