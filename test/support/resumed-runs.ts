/** What operators' laws share: a store in which the highest version wins, and runs that stop, resume and write late. */
import * as fc from 'fast-check';
import type { Operator } from '../../operators/operator.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Progress } from '../../src/sinks/sink.ts';
import type { PlainMessage } from './plain-span.ts';
import type { OracleOptions } from './red-oracle.ts';
import { batchOf, openPartition } from './run-partition.ts';

/** Keeps per key the row of the highest version, as the table does. `rowAt` gives a row's key text and content. */
export class VersionStore<Row> {
  readonly #rowAt: (rows: Rows, at: number) => [string, Row];
  readonly #rows = new Map<string, { readonly version: number; readonly row: Row }>();

  constructor(rowAt: (rows: Rows, at: number) => [string, Row]) {
    this.#rowAt = rowAt;
  }

  /** Counters have no slot, and are not kept. */
  write(hi: number, taken: readonly Rows[]): void {
    for (const rows of taken.filter(({ slot }) => slot.length > 0))
      for (let at = 0; at < rows.length; at++) {
        const [name, row] = this.#rowAt(rows, at);
        if ((this.#rows.get(name)?.version ?? -1) <= hi) this.#rows.set(name, { version: hi, row });
      }
  }

  get content(): Map<string, Row> {
    return new Map([...this.#rows].map(([name, { row }]) => [name, row]));
  }
}

export interface Run {
  /** Messages read before each flush. */
  readonly reads: readonly number[];
  /** Whether its progress never reaches the store. */
  readonly isProgressLost: boolean;
}

export const runs: fc.Arbitrary<readonly Run[]> = fc.array(
  fc.record({ reads: fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }), isProgressLost: fc.boolean() }),
  { maxLength: 5 },
);

/** Reads the whole log in runs that each resume from the newest progress, then lets every flush land once more, the newest first. */
export function writeInRuns(
  store: VersionStore<unknown>,
  log: readonly PlainMessage[],
  options: OracleOptions,
  operator: Operator,
  drawn: readonly Run[],
): void {
  const late: { readonly hi: number; readonly rows: readonly Rows[] }[] = [];
  const origin = options.origin ?? 0;
  let progress: Progress = { generation: 1, origin, hi: origin, fingerprint: 'f' };
  for (const { reads, isProgressLost } of [...drawn, { reads: [log.length], isProgressLost: false }]) {
    const partition = openPartition(log, options, progress, [operator]);
    for (const length of reads) {
      partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
      const { hi, rows } = partition.flush();
      store.write(hi, rows);
      late.push({ hi, rows });
      if (!isProgressLost && hi > progress.hi) progress = { ...progress, hi };
    }
  }
  const last = openPartition(log, options, progress, [operator]);
  last.read(batchOf(log, last.hi, log.length));
  store.write(log.length, last.flush().rows);
  for (const { hi, rows } of late.reverse()) store.write(hi, rows);
}
