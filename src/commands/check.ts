/**
 * `weir check`: tries every connection the configuration names, and everything a Jaeger reader will ask the running Weir for. Prints one
 * line for each finding; a failed one makes the command fail.
 */
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { stubTopicOf } from '../config/sections.ts';
import type { Job } from '../engine/job.ts';
import { loadJobs } from '../engine/load-jobs.ts';
import { createLogger, type Logger } from '../log.ts';
import { pingStore } from '../sinks/clickhouse-schema.ts';
import { inspectDataDirectory } from '../sinks/data-directory.ts';
import { inspectKafka, type TopicReport } from '../sources/kafka-check.ts';
import { colorsFor, createTerminal } from '../terminal.ts';
import { UnreachableError, apiAddress, askApi } from './api-client.ts';
import { slotMessagesOf } from './assemble.ts';
import { describeError, EXIT, type ExitCode, storeError } from './failure.ts';
import type { ConfigFlags } from './flags.ts';
import { type Finding, monitorFindings, type Verdict } from './monitor-findings.ts';
import { isJoining, kafkaConnection } from './open-kafka.ts';
import { splitFindings } from './split-findings.ts';

/** A slot is read again, with its neighbours, after a restart: this many must lie inside the topic's retention. */
const SLOTS_RETAINED_MIN = 3;

export async function check({ config: given }: ConfigFlags): Promise<ExitCode> {
  const { config, file, warnings, sayerOf } = await loadConfig({ file: given, environment: process.env });
  const jobs = await loadJobs(config.jobs, config, (index) => sayerOf(['jobs', index]));
  const log = createLogger({ ...config.log, level: 'silent' }, createTerminal(process.stderr));
  const print = printer();
  print({ verdict: 'ok', text: `configuration: ${file ?? 'defaults and environment'}` });
  let hasFailed = false;
  const parts = [
    warnings.map((text): Finding => ({ verdict: 'warn', text })),
    () => storeFindings(config),
    () => kafkaFindings(config, jobs, log),
    () => apiFindings(config),
  ];
  for (const part of parts)
    for (const finding of typeof part === 'function' ? await part() : part) {
      print(finding);
      hasFailed ||= finding.verdict === 'fail';
    }
  return hasFailed ? EXIT.failed : EXIT.ok;
}

function printer(): (finding: Finding) => void {
  const { green, yellow, red } = colorsFor(createTerminal(process.stdout));
  const marks: Readonly<Record<Verdict, string>> = {
    ok: green('ok  '),
    warn: yellow('warn'),
    fail: red('FAIL'),
  };
  return ({ verdict, text }) => process.stdout.write(`${marks[verdict]}  ${text}\n`);
}

async function storeFindings({ clickhouse }: Config): Promise<readonly Finding[]> {
  const { url, username, password, database, embedded } = clickhouse;
  if (url === undefined) {
    return tried(async () => {
      await inspectDataDirectory(embedded.path);
      return [{ verdict: 'ok', text: `ClickHouse: embedded, in ${embedded.path}` }];
    });
  }
  return tried(async () => {
    await pingStore({
      url,
      username,
      database,
      ...(password === undefined ? {} : { password: password.reveal() }),
    }).catch((error: unknown) => {
      throw storeError(error, { clickhouse });
    });
    return [{ verdict: 'ok', text: `ClickHouse: ${url} answers, database ${database}` }];
  });
}

async function kafkaFindings(config: Config, jobs: readonly Job[], log: Logger): Promise<readonly Finding[]> {
  const { brokers, topics } = config.kafka;
  if (brokers.length === 0)
    return [{ verdict: 'warn', text: 'Kafka: kafka.brokers is empty, nothing is read from Kafka' }];
  return tried(async () => {
    const stubTopics = topics.flatMap((topic) => stubTopicOf(topic) ?? []);
    const names = [...topics.map(({ name }) => name), ...stubTopics];
    const reports = await inspectKafka(kafkaConnection(config), names, log);
    const findings: Finding[] = [{ verdict: 'ok', text: `Kafka: ${brokers.join(', ')} answers` }];
    for (const [index, topic] of topics.entries()) {
      const { encoding, slotMessages = slotMessagesOf(config, encoding) } = topic;
      findings.push(topicFinding(reports[index]!, slotMessages));
      const stubs = reports.find((report) => report.topic === stubTopicOf(topic));
      // Weir makes it at its first start.
      if (stubs?.partitions !== undefined)
        findings.push(topicFinding(stubs, topic.stubSlotMessages ?? slotMessagesOf(config, 'auto')));
      if (isJoining(jobs)) findings.push(...(await splitFindings(config, reports[index]!, log)));
    }
    return findings;
  });
}

/** Retention shows where it has begun to remove messages. */
export function topicFinding({ topic, partitions }: TopicReport, slotMessages: number): Finding {
  if (partitions === undefined)
    return {
      verdict: 'fail',
      text: `topic ${topic}: does not exist, or may not be seen; create it, or correct kafka.topics`,
    };
  const wanted = SLOTS_RETAINED_MIN * slotMessages;
  const short = partitions.filter(({ first, end }) => first > 0 && end - first < wanted);
  if (short.length > 0)
    return {
      verdict: 'warn',
      text: `topic ${topic}: retention keeps fewer than ${wanted} messages in ${short.length} of ${partitions.length} partitions, three slots of ${slotMessages}; lower slotMessages or raise the retention, else a restart may start a new generation`,
    };
  return {
    verdict: 'ok',
    text: `topic ${topic}: ${partitions.length} partitions, slots of ${slotMessages} messages`,
  };
}

export async function apiFindings(config: Config): Promise<readonly Finding[]> {
  const { basePath } = config.http;
  const address = apiAddress(config);
  const ask = (path: string): Promise<string> =>
    askApi(`${address}${path}`, config, { tenant: config.tenants.names[0]! });
  let metrics: string;
  try {
    metrics = await ask('/metrics');
  } catch (error) {
    if (!(error instanceof UnreachableError))
      return [{ verdict: 'fail', text: `Weir: ${describeError(error, false)}` }];
    return [
      {
        verdict: 'warn',
        text: `Weir: nothing answers at ${address}; start it and check again to see what Jaeger will`,
      },
    ];
  }
  return [
    { verdict: 'ok', text: `Weir: ${address}/metrics answers` },
    ...monitorFindings(metrics, { naming: config.prometheus.naming, jobs: config.jobs }),
    // Names of services come from the rows of red.
    ...(config.jobs.includes('red') ? await serviceFindings(() => ask(`${basePath}/api/v3/services`)) : []),
  ];
}

function serviceFindings(ask: () => Promise<string>): Promise<readonly Finding[]> {
  return tried(async () => {
    const { services } = JSON.parse(await ask()) as {
      readonly services: readonly string[];
    };
    return services.length === 0
      ? [{ verdict: 'warn', text: 'API: no service yet: the Monitor tab has nothing to choose from' }]
      : [
          {
            verdict: 'ok',
            text: `API: ${services.length} ${services.length === 1 ? 'service' : 'services'}`,
          },
        ];
  });
}

async function tried(run: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [{ verdict: 'fail', text: describeError(error, false) }];
  }
}
