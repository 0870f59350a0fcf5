/** A row sink that keeps everything in memory as the tables would: per key the row of the highest version. */
import type { Rows } from '../../operators/rows.ts';
import type { PartitionFlush, Progress, RowSink } from '../../src/sinks/sink.ts';
import type { OracleRow } from './red-oracle.ts';

interface StoredRow {
  readonly version: number;
  readonly row: OracleRow;
}

export class MemorySink implements RowSink {
  readonly rows = new Map<string, StoredRow>();
  readonly progress: (Progress & { readonly topic: string; readonly partition: number })[] = [];
  /** Called before each write; throws to refuse it. */
  refuse: (step: 'rows' | 'progress') => void = () => undefined;

  async writeRows(flushes: readonly PartitionFlush[]): Promise<void> {
    await Promise.resolve();
    this.refuse('rows');
    for (const flush of flushes)
      for (const rows of flush.rows) if (rows.name === 'red_v1') this.#write(flush, rows);
  }

  async writeProgress(flushes: readonly PartitionFlush[]): Promise<void> {
    await Promise.resolve();
    this.refuse('progress');
    for (const { topic, partition, generation, origin, hi, fingerprint } of flushes)
      this.progress.push({ topic, partition, generation, origin, hi, fingerprint });
  }

  async readProgress(topic: string, partition: number): Promise<Progress | undefined> {
    await Promise.resolve();
    return this.progress
      .filter((row) => row.topic === topic && row.partition === partition)
      .reduce<Progress | undefined>(
        (best, row) =>
          best === undefined ||
          row.generation > best.generation ||
          (row.generation === best.generation && row.hi > best.hi)
            ? row
            : best,
        undefined,
      );
  }

  async newestVersion(topic: string, generation: number, partition: number): Promise<number> {
    await Promise.resolve();
    const prefix = `${topic}/${generation}/${partition} `;
    return Math.max(
      0,
      ...[...this.rows].filter(([key]) => key.startsWith(prefix)).map(([, { version }]) => version),
    );
  }

  /** The winning rows of one generation, keyed as the oracle keys them. */
  redRows(topic: string, generation: number, partition: number): Map<string, OracleRow> {
    const prefix = `${topic}/${generation}/${partition} `;
    return new Map(
      [...this.rows]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { row }]) => [key.slice(prefix.length), row]),
    );
  }

  #write({ topic, generation, partition, hi }: PartitionFlush, rows: Rows): void {
    for (let at = 0; at < rows.length; at++) {
      const key = `${topic}/${generation}/${partition} ${redKey(rows, at)}`;
      const stored = this.rows.get(key);
      if (stored === undefined || stored.version <= hi)
        this.rows.set(key, { version: hi, row: redRow(rows, at) });
    }
  }
}

function redKey({ columns, slot }: Rows, at: number): string {
  return JSON.stringify({
    service: columns['service']![at],
    operation: columns['operation']![at],
    span_kind: columns['span_kind']![at],
    status: columns['status']![at],
    dimensions: columns['dimensions']![at],
    window_start: columns['window_start']![at],
    slot: slot[at],
  });
}

function redRow({ columns }: Rows, at: number): OracleRow {
  const whole = (name: string): bigint => BigInt(columns[name]![at] as number | bigint);
  const buckets = columns['bucket_index']![at] as readonly number[];
  const units = columns['bucket_units']![at] as readonly number[];
  return {
    spans: whole('spans'),
    calls: whole('calls_units'),
    duration: whole('duration_us_units'),
    min: whole('duration_us_min'),
    max: whole('duration_us_max'),
    buckets: Object.fromEntries(buckets.map((bucket, index) => [String(bucket), BigInt(units[index]!)])),
  };
}
