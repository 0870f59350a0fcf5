/** Examples of what spans did: those of the smallest hashes, so that whichever order facts come in, the same spans stay. */
import { grown } from './columns.ts';
import { SPAN } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Examples kept under a key. */
export const SPAN_EXAMPLES_MAX = 3;

/** No hash is above it. */
const ALL = 2 ** 32 - 1;

interface Example {
  readonly hash: number;
  /** `traceid/spanid` */
  readonly text: string;
}

/** Examples under keys that are small whole numbers. */
export class SpanExamples {
  /** Per key: hashes above it are refused. Apart from the examples, because most spans are. */
  #bounds = new Uint32Array(64).fill(ALL);
  readonly #examples: (Example[] | undefined)[] = [];

  /** Makes room for keys below `keys`. */
  reserve(keys: number): void {
    const held = this.#bounds.length;
    if (keys <= held) return;
    this.#bounds = grown(this.#bounds, keys);
    this.#bounds.fill(ALL, held);
  }

  /** Whether a span may be one of a key's examples: few are, so its ids need not be spelt before. */
  admits(key: number, hash: number): boolean {
    return hash <= this.#bounds[key]!;
  }

  /** Adds a span that is admitted. Where hashes are equal, the texts decide. */
  add(key: number, hash: number, text: string): void {
    const examples = (this.#examples[key] ??= []);
    if (isAdded(examples, { hash, text }) && examples.length === SPAN_EXAMPLES_MAX)
      this.#bounds[key] = examples.at(-1)!.hash;
  }

  /** Takes a span out that is one no longer. The next to come takes its place, not one of those refused before. */
  remove(key: number, text: string): void {
    const examples = this.#examples[key] ?? [];
    const at = examples.findIndex((example) => example.text === text);
    if (at < 0) return;
    examples.splice(at, 1);
    this.#bounds[key] = ALL;
  }

  of(key: number): readonly Example[] {
    return this.#examples[key] ?? [];
  }
}

/** The texts of the examples of the smallest hashes among all of these. */
export function leastOf(sets: readonly (readonly Example[])[]): readonly string[] {
  const least: Example[] = [];
  for (const set of sets) for (const example of set) isAdded(least, example);
  return least.map(({ text }) => text);
}

function isAdded(examples: Example[], example: Example): boolean {
  const at = examples.findIndex(
    ({ hash, text }) => example.hash < hash || (example.hash === hash && example.text <= text),
  );
  if (examples[at]?.text === example.text) return false;
  examples.splice(at < 0 ? examples.length : at, 0, example);
  if (examples.length > SPAN_EXAMPLES_MAX) examples.pop();
  return true;
}

const ids = new Int32Array(SPAN + 2);

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
  const [high, low] = [ids[SPAN]!, ids[SPAN + 1]!].map((word) => (word >>> 0).toString(16).padStart(8, '0'));
  return `${spans.traceId(place)}/${high!}${low!}`;
}
