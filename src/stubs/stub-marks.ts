/**
 * Marks: how far the stubs of each source partition have come in one partition of an internal topic. A stub at or below its source's mark
 * has been there before, because whoever emits begins where everything before was acknowledged, and sends in order: what an emitter, its
 * successor and its ghost wrote is, without the stubs below the marks, what one emitter alone would have written. Marks are thus a function
 * of the log, and those at a slot's start are all that a reader must know of the log before it.
 */

/** The place of a stub in its source partition. */
export interface StubPosition {
  /** Of the source partition's log: positions of a later one come after all of an earlier one. */
  readonly generation: number;
  /** Of the source message. */
  readonly offset: number;
  /** Of the stub among those of its message in the same target partition. */
  readonly ordinal: number;
}

const NOWHERE: StubPosition = { generation: 0, offset: -1, ordinal: -1 };

export function isAfter(position: StubPosition, mark: StubPosition): boolean {
  if (position.generation !== mark.generation) return position.generation > mark.generation;
  if (position.offset !== mark.offset) return position.offset > mark.offset;
  return position.ordinal > mark.ordinal;
}

type MarkRow = readonly [partition: number, generation: number, offset: number, ordinal: number];

export class StubMarks {
  readonly #marks = new Map<number, StubPosition>();

  constructor(rows: readonly MarkRow[] = []) {
    for (const [partition, generation, offset, ordinal] of rows)
      this.#marks.set(partition, { generation, offset, ordinal });
  }

  /** The mark of a source partition. */
  of(partition: number): StubPosition {
    return this.#marks.get(partition) ?? NOWHERE;
  }

  /** Raises a mark to a stub that was read. */
  raise(partition: number, position: StubPosition): void {
    if (isAfter(position, this.of(partition))) this.#marks.set(partition, position);
  }

  /** In order of their partitions, so that equal marks are equal texts. */
  rows(): MarkRow[] {
    return [...this.#marks]
      .sort(([a], [b]) => a - b)
      .map(([partition, { generation, offset, ordinal }]) => [partition, generation, offset, ordinal]);
  }
}

/** Marks as they were before an offset, as `progress` keeps them. */
interface Kept {
  readonly offset: number;
  readonly rows: readonly MarkRow[];
}

/** The marks of a reader, and those at the starts of its last slots: what progress must say for another one to resume there. */
export class MarkHistory {
  readonly marks: StubMarks;
  #starts: readonly Kept[];

  /** `text`: the marks kept at `offset`; undefined where nothing was read before. */
  constructor(offset: number, text?: string) {
    this.marks = new StubMarks(text === undefined ? [] : parse(text).rows);
    this.#starts = [{ offset, rows: this.marks.rows() }];
  }

  /** A slot begins: nothing of it has been read. */
  enter(slot: number): void {
    this.#starts = [...this.#starts, { offset: slot, rows: this.marks.rows() }];
  }

  /** The marks before a slot, as text. Those before earlier ones are forgotten. */
  before(offset: number): string {
    // Of slots that were passed over nothing was read: the next one began with the same marks.
    this.#starts = this.#starts.filter((start) => start.offset >= offset);
    const rows = this.#starts[0]?.rows ?? this.marks.rows();
    return JSON.stringify({ offset, rows } satisfies Kept);
  }
}

/** The offset whose marks a text holds: reading must begin there, or before the first offset that is left. */
export function offsetOf(text: string): number {
  return parse(text).offset;
}

function parse(text: string): Kept {
  return JSON.parse(text) as Kept;
}
