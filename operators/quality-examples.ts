/** Examples of what spans did: those of the smallest hashes, so that whichever order facts come in, the same spans stay. */
import { grown } from './columns.ts';
import { SPAN } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Examples kept under a key. */
export const SPAN_EXAMPLES_MAX = 3;

/** No hash is above it. */
const ALL = 2 ** 32 - 1;

/** A span's ids, copied: its place will be another's. They are spelt where they are given out. */
export class SpanExample {
  readonly hash: number;
  readonly place: Place;
  /** Its verdicts once they are final; until then they are those of its place. */
  word: number | undefined;
  readonly #ids: Int32Array;

  constructor(hash: number, place: Place, copied: Int32Array) {
    this.hash = hash;
    this.place = place;
    this.#ids = copied.slice();
  }

  /** `traceid/spanid`, in hexadecimal digits. */
  get text(): string {
    return textOf(this.#ids);
  }
}

/** Examples under keys that are small whole numbers. */
export class SpanExamples {
  readonly #spans: SpanRing;
  /** Per key: hashes above it are refused. Apart from the examples, because most spans are. */
  #bounds = new Uint32Array(64).fill(ALL);
  readonly #examples: (SpanExample[] | undefined)[] = [];

  constructor(spans: SpanRing) {
    this.#spans = spans;
  }

  /** Makes room for keys below `keys`. */
  reserve(keys: number): void {
    const held = this.#bounds.length;
    if (keys <= held) return;
    this.#bounds = grown(this.#bounds, keys);
    this.#bounds.fill(ALL, held);
  }

  /** Offers a span, of this hash, as an example under a key. Returns whether it is one. Few are, so few ids are ever spelt. */
  offer(key: number, place: Place, hash: number): boolean {
    if (hash > this.#bounds[key]!) return false;
    const examples = (this.#examples[key] ??= []);
    this.#spans.copyIds(place, SPAN, ids);
    const isOne = isAdded(examples, new SpanExample(hash, place, ids));
    if (examples.length === SPAN_EXAMPLES_MAX) this.#bounds[key] = examples.at(-1)!.hash;
    return isOne;
  }

  /** Takes a span out that is one no longer. The next to come takes its place, not one of those refused before. */
  remove(key: number, text: string): void {
    const examples = this.#examples[key] ?? [];
    const at = examples.findIndex((example) => example.text === text);
    if (at < 0) return;
    examples.splice(at, 1);
    this.#bounds[key] = ALL;
  }

  of(key: number): readonly SpanExample[] {
    return this.#examples[key] ?? [];
  }
}

/** The texts of the examples of the smallest hashes among all of these. */
export function leastOf(sets: readonly (readonly SpanExample[])[]): readonly string[] {
  const least: SpanExample[] = [];
  for (const set of sets) for (const example of set) isAdded(least, example);
  return least.map(({ text }) => text);
}

/** Where hashes are equal, the texts decide. */
function isAdded(examples: SpanExample[], example: SpanExample): boolean {
  let at = examples.length;
  while (at > 0 && isBefore(example, examples[at - 1]!)) at--;
  const before = examples[at - 1];
  if (at === SPAN_EXAMPLES_MAX || (before?.hash === example.hash && before.text === example.text))
    return false;
  examples.splice(at, 0, example);
  if (examples.length > SPAN_EXAMPLES_MAX) examples.pop();
  return true;
}

function isBefore(one: SpanExample, other: SpanExample): boolean {
  return one.hash < other.hash || (one.hash === other.hash && one.text < other.text);
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

/** What SpanExample.text will be of a span. */
export function spanText(spans: SpanRing, place: Place): string {
  spans.copyIds(place, SPAN, ids);
  return textOf(ids);
}

function textOf(words: Int32Array): string {
  let text = '';
  for (let word = 0; word < words.length; word++)
    text += `${word === SPAN ? '/' : ''}${(words[word]! >>> 0).toString(16).padStart(8, '0')}`;
  return text;
}
