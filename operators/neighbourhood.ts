/**
 * The neighbourhood of a span: itself and the spans read before it, `spansMax` in all, none from before the slot that precedes its
 * own. Marks each span that repeats an earlier one of its neighbourhood: same trace, id, parent, kind, tenant, service and name.
 * Kept as bounded columns, 44 bytes a span plus 8 of index; found by hash chains that never need deleting, because a chain runs from newer to older
 * positions and ends at the first one that has left.
 */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';
import type { Signal } from './operator.ts';

export interface NeighbourhoodOptions {
  /** Spans a neighbourhood may hold. */
  readonly spansMax: number;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
}

/** Marks repeats in the batches that pass. */
export function marksRepeats(neighbourhood: Neighbourhood): MonoTypeOperatorFunction<Signal> {
  return tap((signal) => {
    if (signal.kind === 'spans') neighbourhood.mark(signal.batch);
  });
}

/** Words that identify a repeat: the ids, and a content hash of tenant, service, name and kind. */
const WORDS = ID_WORDS + 2;
/** Record times are kept for one span in this many, for the metric alone. */
const TIME_STRIDE = 1024;

export class Neighbourhood {
  readonly #options: NeighbourhoodOptions;
  readonly #seed: number;
  /** Ring of identities, by position modulo `spansMax`. */
  readonly #identities: Int32Array;
  /** Per ring place, the position before it in its chain. */
  readonly #before: Uint32Array;
  /** Per hash bucket, the newest position of its chain. */
  readonly #newest: Uint32Array;
  readonly #mask: number;
  readonly #timesMs: Float64Array;
  /** Position of the next span; 1 is the first, so that 0 means none. */
  #position = 1;
  /** First position of the current slot and of the one before it. */
  #slot = -1;
  #slotFrom = 1;
  #previousSlotFrom = 1;
  #newestMs = Number.NaN;

  constructor(options: NeighbourhoodOptions, seed: number) {
    this.#options = options;
    this.#seed = seed;
    this.#identities = new Int32Array(options.spansMax * WORDS);
    this.#before = new Uint32Array(options.spansMax);
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, options.spansMax)));
    this.#newest = new Uint32Array(buckets);
    this.#mask = buckets - 1;
    this.#timesMs = new Float64Array(Math.ceil(options.spansMax / TIME_STRIDE) + 1);
  }

  /** Seconds between the oldest and the newest record held; NaN where records have no time. */
  get seconds(): number {
    const strides = this.#timesMs.length;
    const newestStride = Math.floor((this.#position - 1) / TIME_STRIDE);
    const oldestStride = Math.max(
      Math.ceil(this.#oldest(this.#position) / TIME_STRIDE),
      newestStride - strides + 1,
    );
    if (oldestStride > newestStride) return 0;
    return (this.#newestMs - this.#timesMs[oldestStride % strides]!) / 1000;
  }

  /** Reads the batch's spans in order and sets their `repeat` column. */
  mark(batch: SpanBatch): void {
    this.#enter(batch.slot);
    for (let row = 0; row < batch.length; row++) batch.repeat[row] = this.#add(batch, row) ? 1 : 0;
  }

  #enter(slot: number): void {
    if (slot === this.#slot) return;
    const follows = slot - this.#slot === this.#options.slotMessages;
    this.#previousSlotFrom = follows ? this.#slotFrom : this.#position;
    this.#slotFrom = this.#position;
    this.#slot = slot;
  }

  /** The oldest position in the neighbourhood of the span at `position`. */
  #oldest(position: number): number {
    return Math.max(this.#previousSlotFrom, position - this.#options.spansMax + 1);
  }

  /** Adds a span and tells whether it repeats one of its neighbourhood. */
  #add(batch: SpanBatch, row: number): boolean {
    const { spansMax } = this.#options;
    const position = this.#position++;
    const identities = this.#identities;
    const at = (position % spansMax) * WORDS;
    const { ids, dictionary } = batch;
    const from = row * ID_WORDS;
    let hash = this.#seed;
    for (let word = 0; word < ID_WORDS; word++) {
      const value = ids[from + word]!;
      identities[at + word] = value;
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const names =
      Math.imul(dictionary.contentHash(batch.service[row]!), 31) ^ dictionary.contentHash(batch.tenant[row]!);
    const operation = dictionary.contentHash(batch.operation[row]!) ^ (batch.kind[row]! << 29);
    identities[at + ID_WORDS] = names;
    identities[at + ID_WORDS + 1] = operation;
    hash = Math.imul(hash ^ names, 0x85ebca77) ^ operation;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
    const bucket = (hash ^ (hash >>> 16)) & this.#mask;
    if (position % TIME_STRIDE === 0)
      this.#timesMs[(position / TIME_STRIDE) % this.#timesMs.length] = batch.recordMs[row]!;
    this.#newestMs = batch.recordMs[row]!;
    const repeats = hasIds(ids, from) && this.#holds(at, position, this.#newest[bucket]!);
    this.#before[position % spansMax] = this.#newest[bucket]!;
    this.#newest[bucket] = position;
    return repeats;
  }

  /** Whether a chain holds the identity at `at`, among the neighbourhood of `position`. */
  #holds(at: number, position: number, chain: number): boolean {
    const identities = this.#identities;
    const { spansMax } = this.#options;
    const oldest = this.#oldest(position);
    for (let other = chain; other >= oldest; other = this.#before[other % spansMax]!) {
      const otherAt = (other % spansMax) * WORDS;
      let word = 0;
      while (word < WORDS && identities[at + word] === identities[otherAt + word]) word++;
      if (word === WORDS) return true;
    }
    return false;
  }
}

/** A span without a trace id or a span id of its own repeats nothing. */
function hasIds(ids: Int32Array, from: number): boolean {
  return (
    (ids[from]! | ids[from + 1]! | ids[from + 2]! | ids[from + 3]!) !== 0 &&
    (ids[from + 4]! | ids[from + 5]!) !== 0
  );
}
