/**
 * A real Prometheus of the system's own package, scraping one target: started in a directory of its own, on a free port, and ready when
 * it has scraped once (some five seconds: it is slow to look for targets).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrometheusOptions {
  /** host:port whose /metrics is scraped. */
  readonly scrapeTarget: string;
  readonly intervalMs: number;
}

export interface RangeQuery {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly timeMs: number; readonly value: number }[];
}

export interface ScrapeTarget {
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

export interface Prometheus {
  readonly url: string;
  /** An instant query at this moment: every series' newest value. */
  query(query: string): Promise<readonly RangeSeries[]>;
  queryRange(range: RangeQuery): Promise<readonly RangeSeries[]>;
  target(): Promise<ScrapeTarget>;
  stop(): Promise<void>;
}

const PROGRAM = 'prometheus';
const READY_MS_MAX = 30_000;

/** Why there is no Prometheus to start, with the line that installs one; undefined where there is one. */
export function prometheusSkipReason(): string | undefined {
  const found = spawnSync(PROGRAM, ['--version']).status === 0;
  return found ? undefined : 'no prometheus on the PATH: apt-get install -y prometheus';
}

export async function startPrometheus({ scrapeTarget, intervalMs }: PrometheusOptions): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, configOf(scrapeTarget, intervalMs));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    PROGRAM,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  const url = `http://${address}`;
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(directory, { recursive: true, force: true });
  };
  const target = async (): Promise<ScrapeTarget> => {
    const { activeTargets } = (await data(`${url}/api/v1/targets`)) as { activeTargets: ScrapeTarget[] };
    return activeTargets[0] ?? { health: 'unknown', lastError: '' };
  };
  if (!(await hasScraped(target, child))) {
    await stop();
    throw new Error(`prometheus did not scrape ${scrapeTarget}:\n${log}`);
  }
  return {
    url,
    query: (query) => matrix(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`),
    queryRange: ({ query, startMs, endMs, stepMs }) => {
      const parameters = { query, start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
      return matrix(`${url}/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
    },
    target,
    stop,
  };
}

function configOf(scrapeTarget: string, intervalMs: number): string {
  return [
    'global:',
    `  scrape_interval: ${intervalMs}ms`,
    `  scrape_timeout: ${intervalMs}ms`,
    'scrape_configs:',
    '  - job_name: weir',
    `    static_configs: [{ targets: ['${scrapeTarget}'] }]`,
    '',
  ].join('\n');
}

async function hasScraped(target: () => Promise<ScrapeTarget>, child: ChildProcess): Promise<boolean> {
  const end = Date.now() + READY_MS_MAX;
  while (Date.now() < end && child.exitCode === null) {
    const { health } = await target().catch(() => ({ health: 'unknown' }));
    if (health !== 'unknown') return true;
    await sleep(50);
  }
  return false;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

async function matrix(url: string): Promise<readonly RangeSeries[]> {
  const { result } = (await data(url)) as {
    result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
  };
  return result.map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value === undefined ? [] : [value])).map(([time, text]) => ({
      timeMs: Math.round(time * 1000),
      value: Number(text.replace('Inf', 'Infinity')),
    })),
  }));
}

async function data(url: string): Promise<unknown> {
  const answer = await fetch(url);
  const body = (await answer.json()) as { status: string; data: unknown; error?: string };
  if (body.status !== 'success') throw new Error(`${url}: ${body.error ?? answer.statusText}`);
  return body.data;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
