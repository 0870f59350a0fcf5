/** The store: tables in which the highest version wins, progress as it was written, dead letters by where they came from. */
import type { Rows } from '../../operators/rows.ts';
import type { PartitionFlush, Progress, RowSink } from '../../src/sinks/sink.ts';
import type { DeadLetter, DeadLetterSink } from '../../src/sources/log-source.ts';
import type { Network, Sender } from './network.ts';
import { TABLES } from './tables.ts';

export interface StoredRow {
  readonly table: string;
  readonly partition: number;
  readonly generation: number;
  /** Key text within its partition. */
  readonly name: string;
  readonly version: number;
  readonly content: unknown;
  /** Every column. */
  readonly text: string;
}

export interface StoredProgress extends Progress {
  readonly partition: number;
}

/** Hears of everything that becomes durable, when it does. */
export interface StoreWatcher {
  rowLanded(row: StoredRow, before: StoredRow | undefined): void;
  progressLanded(progress: StoredProgress): void;
}

export class Store {
  readonly rows = new Map<string, StoredRow>();
  /** In the order they landed. */
  readonly progress: StoredProgress[] = [];
  /** `partition generation offset` of each dead letter. */
  readonly letters = new Set<string>();
  watcher: StoreWatcher | undefined;
  /** Whether a replica that lags may answer. */
  mayLag = true;

  /** The store as one process reaches it. */
  sinkOf(sender: Sender, network: Network): RowSink {
    const asked = new Set<number>();
    return {
      writeRows: async (flushes) => {
        const inserts = TABLES.map(async ({ name }) => this.#insert(name, flushes, sender, network));
        const failed = (await Promise.allSettled(inserts)).find(({ status }) => status === 'rejected');
        if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
      },
      writeProgress: (flushes) =>
        network.tell(sender, (has) => {
          for (const [row, flush] of flushes.entries()) if (has(row)) this.#landProgress(flush);
        }),
      readProgress: (_topic, partition) => {
        // A replica that lags, asked first; whoever heard of progress once does not hear of less.
        const isFirst = this.mayLag && !asked.has(partition);
        asked.add(partition);
        const newest = (): StoredProgress | undefined => this.newestProgress(partition);
        return network.ask(sender, newest, isFirst ? () => this.#olderProgress(partition) : newest);
      },
      newestVersion: (_topic, generation, partition) =>
        network.ask(sender, () => this.newestVersion(generation, partition)),
    };
  }

  lettersOf(sender: Sender, network: Network): DeadLetterSink {
    return {
      write: (letters) =>
        network.tell(sender, (has) => {
          for (const [row, letter] of letters.entries()) if (has(row)) this.letters.add(letterKey(letter));
        }),
      stop: () => Promise.resolve(),
    };
  }

  newestProgress(partition: number): StoredProgress | undefined {
    const all = this.progress.filter((row) => row.partition === partition);
    const generation = Math.max(...all.map((row) => row.generation));
    const origin = all.find((row) => row.generation === generation)?.origin;
    return all
      .filter((row) => row.generation === generation && row.origin === origin)
      .reduce<StoredProgress | undefined>(
        (best, row) => (best === undefined || row.hi > best.hi ? row : best),
        undefined,
      );
  }

  newestVersion(generation: number, partition: number): number {
    const mine = [...this.rows.values()].filter(
      (row) => row.partition === partition && row.generation === generation,
    );
    return Math.max(0, ...mine.map(({ version }) => version));
  }

  /** What a replica that lags might say: of the newest generation, how it began. */
  #olderProgress(partition: number): StoredProgress | undefined {
    const newest = this.newestProgress(partition);
    return this.progress.find(
      (row) =>
        row.partition === partition && row.generation === newest?.generation && row.origin === newest.origin,
    );
  }

  async #insert(
    table: string,
    flushes: readonly PartitionFlush[],
    sender: Sender,
    network: Network,
  ): Promise<void> {
    const rows = flushes.flatMap((flush) =>
      flush.rows.filter(({ name }) => name === table).flatMap((part) => storedRows(flush, part)),
    );
    if (rows.length === 0) return;
    await network.tell(sender, (has) => {
      for (const [at, row] of rows.entries()) if (has(at)) this.#landRow(row);
    });
  }

  #landRow(row: StoredRow): void {
    const key = `${row.table} ${row.partition} ${row.generation} ${row.name}`;
    const before = this.rows.get(key);
    this.watcher?.rowLanded(row, before);
    if (before === undefined || before.version <= row.version) this.rows.set(key, row);
  }

  #landProgress({ partition, generation, origin, hi, fingerprint }: PartitionFlush): void {
    const row = { partition, generation, origin, hi, fingerprint };
    this.progress.push(row);
    this.watcher?.progressLanded(row);
  }
}

export function letterKey({
  partition,
  generation,
  offset,
}: Pick<DeadLetter, 'partition' | 'generation' | 'offset'>): string {
  return `${partition} ${generation} ${offset}`;
}

function storedRows({ partition, generation, hi }: PartitionFlush, rows: Rows): StoredRow[] {
  const { rowAt } = TABLES.find(({ name }) => name === rows.name)!;
  return Array.from({ length: rows.length }, (_, at) => {
    const [name, content] = rowAt(rows, at);
    return { table: rows.name, partition, generation, name, version: hi, content, text: textOf(rows, at) };
  });
}

function textOf({ columns }: Rows, at: number): string {
  return JSON.stringify(
    Object.entries(columns).map(([name, column]) => [name, column[at]]),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  );
}
