/**
 * Hashes of span ids. They only place keys: whatever they meet is compared in full. Ids are ID_WORDS words:
 * trace id, span id, parent span id.
 */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';

/** Where the ids lie among their words: fields by which spans are compared. */
export const TRACE = 0;
export const SPAN = 4;
export const PARENT = 6;

/** A span's kind in its low bits, its tenant from this one on. */
export const TENANT_SHIFT = 8;

/** A hash of a trace id and another id of the same record of words. */
export function idHash(words: Int32Array, trace: number, id: number, seed: number): number {
  let hash = Math.imul(seed ^ words[trace]!, 0x9e3779b1) ^ words[trace + 1]!;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77) ^ words[trace + 2]!;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d) ^ words[trace + 3]!;
  hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) ^ words[id]!;
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca77) ^ words[id + 1]!;
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae3d);
  return hash ^ (hash >>> 16);
}

/** The hash of trace id and the id in `field` for each row of a batch: in `hashes`, or in an array long enough. */
export function idHashes(
  { ids, length }: SpanBatch,
  field: number,
  seed: number,
  hashes: Int32Array,
): Int32Array {
  const found = grown(hashes, length);
  for (let row = 0; row < length; row++) {
    const at = row * ID_WORDS;
    found[row] = idHash(ids, at, at + field, seed);
  }
  return found;
}
