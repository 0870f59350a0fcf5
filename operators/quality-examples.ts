/** Examples of what spans did: those of the smallest hashes, so that whichever order facts come in, the same spans stay. */
import { grown, roomLike } from './columns.ts';
import { SPAN } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Examples kept under a key. */
const SPAN_EXAMPLES_MAX = 3;

/** No hash is above it. */
const ALL = 2 ** 32 - 1;
/** Words of a span's ids: trace id, span id. */
const IDS = SPAN + 2;
/** Words of an example: ids, hash, place, and the verdicts once they are final, until when they are 0 and those of the place count. */
const HASH = IDS;
const PLACE = IDS + 1;
const FINAL = IDS + 2;
const WORDS = IDS + 3;

/** Examples under keys that are small whole numbers, a record each. Ids are copied, as their place will be another span's. */
export class SpanExamples {
  readonly #spans: SpanRing;
  /** Per key: hashes above it are refused. Apart from the examples, because most spans are. */
  #bounds = new Uint32Array(64).fill(ALL);
  /** Per key: 1 + the number of its set of examples, 0 while it has none. */
  #sets = new Int32Array(64);
  #lengths = new Uint8Array(64);
  #records: Int32Array;
  /** Examples are spelt when they are first given out. */
  readonly #texts: (string | undefined)[] = [];
  #length = 0;

  /** `like`: others of as many spans as these will have. */
  constructor(spans: SpanRing, like?: SpanExamples) {
    this.#spans = spans;
    this.#records = new Int32Array(roomLike(like && like.#length, 64) * SPAN_EXAMPLES_MAX * WORDS);
  }

  /** Makes room for keys below `keys`. */
  reserve(keys: number): void {
    const held = this.#bounds.length;
    if (keys <= held) return;
    this.#bounds = grown(this.#bounds, keys);
    this.#bounds.fill(ALL, held);
    this.#sets = grown(this.#sets, keys);
  }

  /** Whether a span of this hash may be an example under a key: few are. */
  admits(key: number, hash: number): boolean {
    return hash <= this.#bounds[key]!;
  }

  /** Offers the span at a place. Returns whether it is an example now. */
  offer(key: number, place: Place, hash: number): boolean {
    if (!this.admits(key, hash)) return false;
    this.#spans.copyIds(place, SPAN, scratch);
    return this.offerIds(key, scratch, 0, hash, place);
  }

  /** The same, of a span whose ids are the six words of `ids` from `from`, and that is or was at `place`. */
  offerIds(key: number, ids: Int32Array, from: number, hash: number, place: Place): boolean {
    if (!this.admits(key, hash)) return false;
    const set = this.#setOf(key);
    const first = set * SPAN_EXAMPLES_MAX;
    const length = this.#lengths[set]!;
    let at = length;
    while (at > 0 && this.#compare(first + at - 1, ids, from, hash) > 0) at--;
    if (at === SPAN_EXAMPLES_MAX || (at > 0 && this.#compare(first + at - 1, ids, from, hash) === 0))
      return false;
    const kept = Math.min(length, SPAN_EXAMPLES_MAX - 1);
    for (let one = kept; one > at; one--) this.#move(first + one - 1, first + one);
    const record = (first + at) * WORDS;
    const records = this.#records;
    for (let word = 0; word < IDS; word++) records[record + word] = ids[from + word]!;
    records[record + HASH] = hash;
    records[record + PLACE] = place;
    records[record + FINAL] = 0;
    this.#texts[first + at] = undefined;
    this.#lengths[set] = kept + 1;
    if (kept + 1 === SPAN_EXAMPLES_MAX) this.#bounds[key] = records[(first + kept) * WORDS + HASH]!;
    return true;
  }

  /** Takes the span at a place out: it is no example any longer. The next to come takes its place, not one of those refused before. */
  remove(key: number, place: Place, hash: number): void {
    const set = this.#sets[key]! - 1;
    if (set < 0) return;
    this.#spans.copyIds(place, SPAN, scratch);
    const first = set * SPAN_EXAMPLES_MAX;
    const length = this.#lengths[set]!;
    for (let at = 0; at < length; at++) {
      if (this.#compare(first + at, scratch, 0, hash) !== 0) continue;
      for (let one = at + 1; one < length; one++) this.#move(first + one, first + one - 1);
      this.#lengths[set] = length - 1;
      this.#bounds[key] = ALL;
      return;
    }
  }

  /** The verdicts on an example, if the span at this place is one under the key, are final. */
  close(key: number, place: Place, word: number): void {
    const set = this.#sets[key]! - 1;
    if (set < 0) return;
    for (let at = 0; at < this.#lengths[set]!; at++) {
      const record = (set * SPAN_EXAMPLES_MAX + at) * WORDS;
      if (this.#records[record + PLACE] === place && this.#records[record + FINAL] === 0)
        this.#records[record + FINAL] = word;
    }
  }

  /** Adds the examples under a key to others; where `isWanted` is given, those of whose verdicts it holds. */
  addTo(least: LeastExamples, key: number, isWanted?: (final: number, place: Place) => boolean): void {
    const set = this.#sets[key]! - 1;
    if (set < 0) return;
    for (let at = 0; at < this.#lengths[set]!; at++) {
      const example = set * SPAN_EXAMPLES_MAX + at;
      const record = example * WORDS;
      const records = this.#records;
      if (isWanted !== undefined && !isWanted(records[record + FINAL]!, records[record + PLACE]!)) continue;
      const hash = records[record + HASH]! >>> 0;
      if (least.admits(hash)) least.add(hash, (this.#texts[example] ??= textOf(records, record)));
    }
  }

  #setOf(key: number): number {
    const known = this.#sets[key]!;
    if (known !== 0) return known - 1;
    const set = this.#length++;
    this.#sets[key] = set + 1;
    this.#lengths = grown(this.#lengths, set + 1);
    this.#records = grown(this.#records, (set + 1) * SPAN_EXAMPLES_MAX * WORDS);
    return set;
  }

  /** Below 0 where an example comes before a span, by hash and then by ids as they are spelt. */
  #compare(example: number, ids: Int32Array, from: number, hash: number): number {
    const records = this.#records;
    const at = example * WORDS;
    const difference = (records[at + HASH]! >>> 0) - hash;
    if (difference !== 0) return difference;
    for (let word = 0; word < IDS; word++)
      if (records[at + word] !== ids[from + word])
        return (records[at + word]! >>> 0) - (ids[from + word]! >>> 0);
    return 0;
  }

  #move(from: number, to: number): void {
    this.#records.copyWithin(to * WORDS, from * WORDS, (from + 1) * WORDS);
    this.#texts[to] = this.#texts[from];
  }
}

const NO_TEXTS: readonly string[] = [];

/** The examples of the smallest hashes of several sets. Where hashes are equal, the texts decide. For one set of examples after another, without garbage. */
export class LeastExamples {
  readonly #texts = new Array<string>(SPAN_EXAMPLES_MAX).fill('');
  readonly #hashes = new Float64Array(SPAN_EXAMPLES_MAX);
  #length = 0;

  get texts(): readonly string[] {
    return this.#length === 0 ? NO_TEXTS : this.#texts.slice(0, this.#length);
  }

  /** Forgets all, for others. */
  clear(): void {
    this.#length = 0;
  }

  admits(hash: number): boolean {
    return this.#length < SPAN_EXAMPLES_MAX || hash <= this.#hashes[SPAN_EXAMPLES_MAX - 1]!;
  }

  add(hash: number, text: string): void {
    const texts = this.#texts;
    const hashes = this.#hashes;
    let at = this.#length;
    while (at > 0 && (hash < hashes[at - 1]! || (hash === hashes[at - 1] && text < texts[at - 1]!))) at--;
    if (at === SPAN_EXAMPLES_MAX || (at > 0 && text === texts[at - 1])) return;
    if (this.#length < SPAN_EXAMPLES_MAX) this.#length++;
    for (let to = this.#length - 1; to > at; to--) {
      texts[to] = texts[to - 1]!;
      hashes[to] = hashes[to - 1]!;
    }
    texts[at] = text;
    hashes[at] = hash;
  }
}

const scratch = new Int32Array(IDS);

/** A hash of a span's trace id and id, six words of `ids`: the same in every process, so that all choose the same examples. */
export function exampleHash(ids: Int32Array, from: number): number {
  let hash = 0;
  for (let word = from; word < from + IDS; word++) {
    hash = Math.imul(hash ^ ids[word]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca77) >>> 0;
}

/** The same of the span at a place. */
export function exampleHashAt(spans: SpanRing, place: Place): number {
  spans.copyIds(place, SPAN, scratch);
  return exampleHash(scratch, 0);
}

const DIGITS = new TextEncoder().encode('0123456789abcdef');
const DECODER = new TextDecoder();
/** `traceid/spanid`, in hexadecimal digits: two and a slash. */
const spelt = new Uint8Array(IDS * 8 + 1).fill('/'.charCodeAt(0));

/**
 * In one piece: joined from digits it took twice as long, and until somebody reads all of it a joined text keeps its parts, which take five
 * times as much.
 */
function textOf(words: Int32Array, from: number): string {
  let at = 0;
  for (let word = 0; word < IDS; word++) {
    if (word === SPAN) at++;
    const bits = words[from + word]!;
    for (let shift = 28; shift >= 0; shift -= 4) spelt[at++] = DIGITS[(bits >>> shift) & 15]!;
  }
  return DECODER.decode(spelt);
}
