/**
 * What the eight questions of Jaeger's Monitor tab take together, in milliseconds, asked at once as it does: 48 hours ending now, a step of a
 * minute, of one service among 50 that share 1,000 operations. Cold: nobody asked this service before, and ClickHouse's own caches of marks
 * and blocks are empty. Median of the services asked, one after the other. Lower is better; over 1,000 it exits 1, but for
 * small sizes.
 *
 *     node dist/benchmarks/monitor-api.js [operations] [seconds] [services]
 *
 * `seconds` below 1 make it small. Prints one line for people on stderr and one line of JSON on stdout. The rows are made by the server itself: each
 * operation is called in each minute, and its failures are rows of their own in each hundredth. The checksum is the points of all answers.
 */
import redJob from '../jobs/red.ts';
import { openBenchApi } from './support/bench-api.ts';

const ANSWER_MS_MAX = 1000;
const ASKED = 5;
const WINDOWS = 48 * 60;
const LOOKBACK_MS = WINDOWS * 60_000;
/** Base-2 buckets of a row, as a minute of calls of one operation fills them. */
const BUCKETS = 60;

const isSmall = Number(process.argv[3] ?? 1) < 1;
const operations = isSmall ? 50 : Number(process.argv[2] ?? 1000);
const services = Number(process.argv[4] ?? 50);
const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 1_000_000 };
const api = await openBenchApi(redJob({ dimensions: [], limits, seed: 1 }));
await fill();
// Connections are opened, and the code compiled, by questions about nobody.
await askAll('nobody');
const times: number[] = [];
let points = 0;
for (let asked = 0; asked < Math.min(ASKED, services); asked++) {
  for (const cache of ['MARK', 'UNCOMPRESSED'])
    await api.client.command({ query: `SYSTEM DROP ${cache} CACHE` });
  const start = performance.now();
  points += await askAll(`service-${asked}`);
  times.push(performance.now() - start);
}
await api.close();

const worstMs = Math.max(...times);
const medianMs = times.toSorted((a, b) => a - b)[times.length >> 1]!;
process.stderr.write(
  `Monitor tab, 48 h, ${operations} operations of ${services} services: ${medianMs.toFixed(0)} ms, ${worstMs.toFixed(0)} ms at most\n`,
);
const result = {
  benchmark: 'monitor-api',
  ms: Math.round(medianMs),
  ms_max: Math.round(worstMs),
  operations,
  services,
  rows: operations * WINDOWS,
  checksum: points,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
if (points === 0 || (!isSmall && medianMs > ANSWER_MS_MAX)) process.exitCode = 1;

/** Asks the eight questions at once. Returns the points answered. */
async function askAll(service: string): Promise<number> {
  const endTs = Date.now();
  const ask = async (metric: string, quantile: number, isGrouped: boolean): Promise<number> => {
    const query = `service=${service}&endTs=${endTs}${isGrouped ? '&groupByOperation=true' : ''}&lookback=${LOOKBACK_MS}&quantile=${quantile}&ratePer=600000&spanKind=server&step=60000`;
    const response = await fetch(`${api.url}/api/metrics/${metric}?${query}`);
    if (!response.ok) throw new Error(`${metric}: ${response.status} ${await response.text()}`);
    const { metrics } = (await response.json()) as {
      readonly metrics: readonly { readonly metricPoints: readonly unknown[] }[];
    };
    return metrics.reduce((sum, { metricPoints }) => sum + metricPoints.length, 0);
  };
  const answers = await Promise.all([
    ...[0.5, 0.75, 0.95].map((quantile) => ask('latencies', quantile, false)),
    ask('calls', 0.95, false),
    ask('errors', 0.95, false),
    ...['latencies', 'calls', 'errors'].map((metric) => ask(metric, 0.95, true)),
  ]);
  return answers.reduce((sum, answered) => sum + answered, 0);
}

/** Rows of 48 hours ending now, merged as they would be by then. */
async function fill(): Promise<void> {
  const endS = Math.floor(Date.now() / 60_000) * 60;
  for (const [status, every] of [
    ['unset', 1],
    ['error', 100],
  ] as const)
    await api.client.command({
      query: `INSERT INTO weir.red_v1
        SELECT 'default', concat('service-', toString(operation % {services:UInt32})), 'server',
          toDateTime({endS:UInt32} - intDiv(number, {operations:UInt32}) * 60, 'UTC'), concat('GET /', toString(operation)), '${status}', '',
          600, 600 * 1048576, 600 * 1048576 * 20000, 1000, 100000, range(400, ${400 + BUCKETS}), arrayWithConstant(${BUCKETS}, 10 * 1048576),
          'spans', 1, 0, intDiv(number, {operations:UInt32}), 1
        FROM (SELECT number * ${every} + intDiv(number * ${every}, {operations:UInt32}) % ${every} AS number, number % {operations:UInt32} AS operation FROM numbers({rows:UInt64}))`,
      query_params: { endS, operations, services, rows: Math.floor((operations * WINDOWS) / every) },
    });
  await api.client.command({ query: 'OPTIMIZE TABLE weir.red_v1 FINAL' });
}
