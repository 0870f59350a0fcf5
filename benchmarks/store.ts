/**
 * What rows cost on their way to the store: rows per CPU-second from taken RED rows to an Arrow stream, and CPU-microseconds a row from there to rows the
 * embedded ClickHouse has acknowledged, its process included.
 *
 *     node dist/benchmarks/store.js [spans] [seconds]
 *
 * The rows are those of one flush of the corpus, sent again and again as rows of a newer version. Prints for each stage one line for people on
 * stderr and one line of JSON on stdout. The checksum is the spans in the stream's column, or in view `red`: those of the corpus.
 */
import { tableFromIPC } from 'apache-arrow';
import redJob from '../jobs/red.ts';
import { red } from '../operators/red.ts';
import { encodeRows } from '../src/sinks/arrow.ts';
import type { PartitionFlush } from '../src/sinks/sink.ts';
import { startTestClickHouse } from '../test/support/clickhouse.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';
import { cpuSeconds, NO_PROC } from './support/process-cpu.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 200_000 };
const job = redJob({ dimensions: [], limits, seed: 1 });
const [table] = job.tables;

const corpus = makeCorpus({ spans });
const { partition, pass } = openBenchPartition(corpus, [red({ dimensions: [], limits }, 1)], spans);
pass();
const flush = partition.flush();
const parts = flush.rows.filter(({ name }) => name === table!.name);
const length = parts.reduce((sum, rows) => sum + rows.length, 0);

measureArrow();
if (NO_PROC === undefined) await measureInsert();
else process.stderr.write(`insert: skipped. ${NO_PROC}\n`);

function measureArrow(): void {
  const stamped = parts.map((rows) => ({ ...flush, rows }));
  const encode = (): Buffer => Buffer.concat([...encodeRows(table!, stamped).chunks]);
  const bytes = encode();
  let encoded = 0;
  const before = process.cpuUsage();
  do {
    encode();
    encoded += length;
  } while (cpuUsSince(before) < seconds * 1e6);
  const rowsPerS = Math.round((encoded * 1e6) / cpuUsSince(before));
  const column = tableFromIPC(bytes).getChild('spans')!;
  report(
    'arrow',
    `${(rowsPerS / 1e6).toFixed(2)} M rows/s, ${(bytes.length / length).toFixed(0)} bytes a row`,
    {
      rows_per_s: rowsPerS,
      bytes_per_row: Math.round(bytes.length / length),
      checksum: [...(column as Iterable<bigint>)].reduce((sum, value) => sum + Number(value), 0),
    },
  );
}

async function measureInsert(): Promise<void> {
  const clickhouse = await startTestClickHouse([job]);
  try {
    const { sink, reader, database } = clickhouse;
    await sink.writeRows([flush]);
    let inserts = 0;
    const start = performance.now();
    const startCpuS = cpuSeconds(process.pid);
    do {
      inserts++;
      const newer: PartitionFlush = { ...flush, hi: flush.hi + inserts };
      await sink.writeRows([newer]);
    } while (performance.now() - start < seconds * 1000);
    const cpuUsPerRow = ((cpuSeconds(process.pid) - startCpuS) * 1e6) / (inserts * length);
    const [counted] = await reader.query<{ spans: string }>(
      `SELECT sum(spans) AS spans FROM ${database}.red`,
      {},
    );
    report('insert', `${cpuUsPerRow.toFixed(1)} CPU-microseconds a row`, {
      cpu_us_per_row: Math.round(cpuUsPerRow * 10) / 10,
      checksum: Number(counted?.spans),
    });
  } finally {
    await clickhouse.stop();
  }
}

function report(
  stage: string,
  figures: string,
  measured: Readonly<Record<string, number>> & { readonly checksum: number },
): void {
  const { checksum } = measured;
  if (checksum !== corpus.spans) throw new Error(`BUG: ${checksum} spans in ${stage} of ${corpus.spans}`);
  process.stderr.write(`${stage} of RED rows: ${figures}\n`);
  const result = { benchmark: 'store', stage, ...measured, rows: length };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
