/** Examples of what spans did: those of the smallest hashes, so that whichever order facts come in, the same spans stay. */
import { SPAN } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Examples a row keeps of each kind. */
export const SPAN_EXAMPLES_MAX = 3;

export class SpanExamples {
  readonly #hashes: number[] = [];
  readonly #texts: string[] = [];

  /** Whether a span may be one of them: few are, so its ids need not be spelt before. */
  admits(hash: number): boolean {
    return this.#hashes.length < SPAN_EXAMPLES_MAX || hash <= this.#hashes.at(-1)!;
  }

  /** Adds a span that is admitted. Where hashes are equal, the texts decide. */
  add(hash: number, text: string): void {
    const hashes = this.#hashes;
    const texts = this.#texts;
    let at = 0;
    while (at < hashes.length && (hashes[at]! < hash || (hashes[at] === hash && texts[at]! < text))) at++;
    if (at === SPAN_EXAMPLES_MAX || texts[at] === text) return;
    hashes.splice(at, 0, hash);
    texts.splice(at, 0, text);
    if (hashes.length <= SPAN_EXAMPLES_MAX) return;
    hashes.pop();
    texts.pop();
  }

  /** Adds all of the others. */
  addAll(others: SpanExamples | undefined): void {
    if (others === undefined) return;
    for (let at = 0; at < others.#hashes.length; at++) this.add(others.#hashes[at]!, others.#texts[at]!);
  }

  /** Takes a span out that is one no longer. The next to come takes its place, not one of those refused before. */
  remove(text: string): void {
    const at = this.#texts.indexOf(text);
    if (at < 0) return;
    this.#hashes.splice(at, 1);
    this.#texts.splice(at, 1);
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }
}

const ids = new Int32Array(6);

/** A hash of a span's trace id and id: the same in every process, so that all choose the same examples. */
export function exampleHash(spans: SpanRing, place: Place): number {
  spans.copyIds(place, SPAN, ids);
  let hash = 0;
  for (const word of ids) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca77) >>> 0;
}

/** `traceid/spanid`, in hexadecimal digits. */
export function spanText(spans: SpanRing, place: Place): string {
  spans.copyIds(place, SPAN, ids);
  const spanId = ((BigInt(ids[4]! >>> 0) << 32n) | BigInt(ids[5]! >>> 0)).toString(16).padStart(16, '0');
  return `${spans.traceId(place)}/${spanId}`;
}
