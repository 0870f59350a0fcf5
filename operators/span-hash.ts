/**
 * Hashes of span ids. They only place keys: whatever they meet is compared in full. Ids are ID_WORDS words:
 * trace id, span id, parent span id.
 *
 * Whoever sends spans chooses ids, so a hash that mixes word after word would not do: there are ids whose differences it cancels under every
 * seed. This one sums products, in each of which both factors hold a secret key of their own. Two ids that differ in a word meet only
 * where `d * key` is one certain number, for a difference d below 2^16: for one key in 2^17 or fewer. So spans wait in short chains
 * whatever their ids.
 */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';

/** Where the ids lie among their words: fields by which spans are compared. */
export const TRACE = 0;
export const SPAN = 4;
export const PARENT = 6;

/** A span's kind in its low bits, its tenant from this one on. */
export const TENANT_SHIFT = 10;

/** Words that are hashed: two keys each. */
const WORDS = 6;

/** The keys that follow from a seed. */
export function hashKeys(seed: number): Int32Array {
  let state = seed | 0;
  return Int32Array.from({ length: WORDS * 2 }, () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state);
  });
}

/** A hash of a trace id and another id of the same record of words. */
export function idHash(words: Int32Array, trace: number, id: number, keys: Int32Array): number {
  return mixed((traceSum(words, trace, keys) + idSum(words, id, keys)) | 0);
}

/** Hashes for some rows of a batch, at most `rowsMax`: of each's own id, and of its parent's. */
export class BatchHashes {
  readonly #keys: Int32Array;
  readonly own: Int32Array;
  readonly parent: Int32Array;

  constructor(keys: Int32Array, rowsMax: number) {
    this.#keys = keys;
    this.own = new Int32Array(rowsMax);
    this.parent = new Int32Array(rowsMax);
  }

  /** Hashes the ids of the rows from `from` to before `to`; the parents' only where somebody joins. */
  read({ ids }: SpanBatch, from: number, to: number, hasParents: boolean): void {
    const { own, parent } = this;
    const keys = this.#keys;
    for (let row = from; row < to; row++) {
      const at = row * ID_WORDS;
      const trace = traceSum(ids, at, keys);
      own[row - from] = mixed((trace + idSum(ids, at + SPAN, keys)) | 0);
      if (hasParents) parent[row - from] = mixed((trace + idSum(ids, at + PARENT, keys)) | 0);
    }
  }
}

/** Modulo 2^32, as all sums here: one that does not fit into 32 bits would be a number on the heap wherever this is a call. */
function traceSum(words: Int32Array, at: number, keys: Int32Array): number {
  return (
    (product(words[at]!, keys[0]!, keys[1]!) +
      product(words[at + 1]!, keys[2]!, keys[3]!) +
      product(words[at + 2]!, keys[4]!, keys[5]!) +
      product(words[at + 3]!, keys[6]!, keys[7]!)) |
    0
  );
}

function idSum(words: Int32Array, at: number, keys: Int32Array): number {
  return (product(words[at]!, keys[8]!, keys[9]!) + product(words[at + 1]!, keys[10]!, keys[11]!)) | 0;
}

function product(word: number, high: number, low: number): number {
  return Math.imul((word >>> 16) + high, word + low);
}

/** Spreads a sum over all bits; no two sums become one. */
function mixed(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
