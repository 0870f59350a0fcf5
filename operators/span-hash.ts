/**
 * Hashes of span ids and of what identifies a repeat. They only place keys: whatever they meet is compared in full. Ids are ID_WORDS words:
 * trace id, span id, parent span id.
 */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';

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

/** A hash of all that identifies a repeat, from that of its id. */
export function contentHash(
  id: number,
  parentHigh: number,
  parentLow: number,
  service: number,
  operation: number,
  content: number,
): number {
  let hash = Math.imul(id ^ parentHigh, 0x9e3779b1) ^ parentLow;
  hash = Math.imul(hash ^ (hash >>> 15) ^ service, 0x85ebca77) ^ operation;
  hash = Math.imul(hash ^ (hash >>> 13) ^ content, 0xc2b2ae3d);
  return hash ^ (hash >>> 16);
}

/** Sets `hashes` to the content hash of each span of a batch, as SpanRing.contentHash gives it once the span is in the ring. */
export function contentHashes(batch: SpanBatch, hashes: Int32Array, seed: number): void {
  const { ids, service, operation, kind, tenant, length } = batch;
  for (let row = 0; row < length; row++) {
    const at = row * ID_WORDS;
    const id = idHash(ids, at, at + SPAN, seed);
    const content = kind[row]! | (tenant[row]! << TENANT_SHIFT);
    hashes[row] = contentHash(
      id,
      ids[at + PARENT]!,
      ids[at + PARENT + 1]!,
      service[row]!,
      operation[row]!,
      content,
    );
  }
}
