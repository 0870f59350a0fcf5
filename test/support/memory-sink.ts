/** A row sink that keeps everything in memory as the tables would: per key the row of the highest version. */
import type { Rows } from '../../operators/rows.ts';
import type { PartitionFlush, Progress, RowSink } from '../../src/sinks/sink.ts';
import type { OracleRow } from './red-oracle.ts';
import { redRowAt } from './stored-rows.ts';

interface StoredRow {
  readonly version: number;
  readonly row: OracleRow;
}

export class MemorySink implements RowSink {
  readonly rows = new Map<string, StoredRow>();
  readonly progress: (Progress & { readonly topic: string; readonly partition: number })[] = [];
  /** Called before each request; throws to refuse it. */
  refuse: (step: 'rows' | 'progress' | 'read') => void = () => undefined;

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
    this.refuse('read');
    return this.progress
      .filter((row) => row.topic === topic && row.partition === partition)
      .reduce<Progress | undefined>(
        (best, row) =>
          best === undefined ||
          row.generation > best.generation ||
          (row.generation === best.generation && row.origin === best.origin && row.hi > best.hi)
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
      const [name, row] = redRowAt(rows, at);
      const key = `${topic}/${generation}/${partition} ${name}`;
      const stored = this.rows.get(key);
      if (stored === undefined || stored.version <= hi) this.rows.set(key, { version: hi, row });
    }
  }
}
