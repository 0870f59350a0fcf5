/**
 * Median of ten answers to `GET /api/dependencies`, in milliseconds: seven days ending now, as System Architecture asks, of 500 services
 * with 2,000 edges in windows of a minute. Lower is better; over 300 it exits 1.
 *
 *     node dist/benchmarks/dependencies-api.js [rows a day]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The rows lie in an embedded ClickHouse: each day as merges leave it,
 * and the newest minutes in parts of their own, as flushes leave them. Each edge is called in each fourth window.
 */
import dependenciesJob from '../jobs/dependencies.ts';
import { openBenchApi } from './support/bench-api.ts';

const ANSWER_MS_MAX = 300;
const ASKED = 10;
const SERVICES = 500;
const EDGES = 2000;
const DAYS = 7;
const MINUTES_A_DAY = 1440;
const EVERY_WINDOWS = 4;
const DAY_MS = 86_400_000;
const FRESH_PARTS = 12;

const rowsADay = Number(process.argv[2] ?? (EDGES * MINUTES_A_DAY) / EVERY_WINDOWS);
const job = dependenciesJob({
  selfEdges: false,
  brokers: false,
  unknownCallers: false,
  limits: { rowsPerTenantMax: 1_000_000 },
  jaeger: { tenant: 'default' },
});
const api = await openBenchApi(job);
const rows = await fill();
const times: number[] = [];
let edges = 0;
for (let asked = 0; asked <= ASKED; asked++) {
  const start = performance.now();
  const response = await fetch(`${api.url}/api/dependencies?endTs=${Date.now()}&lookback=${DAYS * DAY_MS}`);
  edges = ((await response.json()) as { readonly data: readonly unknown[] }).data.length;
  // The first answer opens the connections.
  if (asked > 0) times.push(performance.now() - start);
}
await api.close();

const worstMs = Math.max(...times);
const medianMs = times.toSorted((a, b) => a - b)[ASKED >> 1]!;
process.stderr.write(
  `${edges} edges from ${rows} rows of ${DAYS} days: ${medianMs.toFixed(0)} ms, ${worstMs.toFixed(0)} ms at most\n`,
);
process.stdout.write(
  `${JSON.stringify({ benchmark: 'dependencies-api', ms: Math.round(medianMs), ms_max: Math.round(worstMs), rows, edges })}\n`,
);
if (!(edges > 0 && medianMs <= ANSWER_MS_MAX)) process.exitCode = 1;

/** Rows of seven days ending now, made by the server itself. Returns how many there are. */
async function fill(): Promise<number> {
  const { client } = api;
  const insert = (fromRow: number, toRow: number, endS: number): Promise<unknown> =>
    client.command({
      query: `INSERT INTO weir.dependencies_v1
        SELECT 'default', toDateTime({endS:UInt32} - intDiv(number, ${EDGES / EVERY_WINDOWS}) * 60, 'UTC'),
          concat('service-', toString(edge % ${SERVICES})), concat('service-', toString((edge * 7 + intDiv(edge, ${SERVICES}) + 1) % ${SERVICES})),
          'direct', '+', 100, 1, 1, 1, 1000000, 900000, 1000, [400, 410, 420], [50, 30, 20], [400, 410], [60, 40], [200], [100],
          ['0000000000000000000000000000000a'],
          'spans', 1, 0, intDiv(number, ${EDGES / EVERY_WINDOWS}), 1000000 - number
        FROM (SELECT number, (number * ${EVERY_WINDOWS} + intDiv(number, ${EDGES / EVERY_WINDOWS}) % ${EVERY_WINDOWS}) % ${EDGES} AS edge FROM numbers({fromRow:UInt64}, {rows:UInt64}))`,
      query_params: { endS, fromRow, rows: toRow - fromRow },
    });
  const endS = Math.floor(Date.now() / 60_000) * 60;
  const total = rowsADay * DAYS;
  const fresh = Math.min(EDGES, total);
  for (let from = fresh; from < total; from += rowsADay)
    await insert(from, Math.min(total, from + rowsADay), endS);
  await client.command({ query: 'OPTIMIZE TABLE weir.dependencies_v1 FINAL' });
  // The newest windows, written again and again as they grow.
  for (let part = 0; part < FRESH_PARTS; part++) await insert(0, fresh, endS);
  return total;
}
