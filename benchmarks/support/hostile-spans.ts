/**
 * Spans as somebody would send them who wants Weir to be slow: each shape keeps the names, kinds and order of ordinary spans and
 * differs in its ids (or, for `names`, in its operations) alone. The same number gives the same bytes.
 */
import { OCCURRENCES_MAX } from '../../operators/common-ids.ts';
import { PARENT, SPAN, hashKeys, idHash } from '../../operators/span-hash.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import { type Corpus, inOneBuffer, mulberry32 } from './corpus.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

export interface HostileSpan {
  /** Trace id, span id, parent id. */
  readonly ids: Int32Array;
  readonly service: number;
  readonly operation: Uint8Array;
  readonly kind: number;
}

/** Gives the span at a position, asked for in order. */
export type Shape = (at: number) => HostileSpan;

/** The seed that `known_seed` is crafted against: not the one that spans are read with. */
export const KNOWN_SEED = 2;

/** Bits that all hashes of `known_seed` share. */
export const KNOWN_BITS = 0xff;

const SERVICES = 24;
const SPANS_PER_RESOURCE = 25;
const SPANS_PER_MESSAGE = 200;
const SPANS_PER_TRACE = 20;
const OPERATIONS = 38;
const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const KINDS = [SERVER, INTERNAL, CLIENT, SERVER, CLIENT];
const START_NS = 1_758_000_000_000_000_000n;

/** By name, what each is compared with. */
export const SHAPES: Readonly<Record<string, { readonly shape: () => Shape; readonly like: () => Shape }>> = {
  known_seed: { shape: knownSeed, like: random },
  any_seed: { shape: anySeed, like: random },
  one_id: { shape: oneId, like: random },
  one_trace: { shape: oneTrace, like: random },
  late_parents: { shape: lateParents, like: random },
  leaf_first: { shape: () => chain(-1), like: random },
  root_first: { shape: () => chain(1), like: random },
  moving_roots: { shape: movingRoots, like: random },
  repeated_links: { shape: repeatedLinks, like: random },
  names: { shape: collidingNames, like: randomNames },
};

/** What ordinary spans look like: traces of twenty, each a binary tree, parents first. */
export function random(): Shape {
  return trees(words(1));
}

/** Ids whose hashes share their lowest bits under one seed: nobody can know that of a process, whose seed is its own. */
function knownSeed(): Shape {
  const next = words(2);
  const uniform = mulberry32(2);
  const keys = hashKeys(KNOWN_SEED);
  const ids = new Int32Array(PARENT);
  return trees((length, trace) => {
    if (trace === undefined) return next(length);
    ids.set(trace);
    do {
      ids[SPAN] = uniform() * 2 ** 32;
      ids[SPAN + 1] = uniform() * 2 ** 32;
    } while ((idHash(ids, 0, SPAN, keys) & KNOWN_BITS) !== 0);
    return ids.slice(SPAN);
  });
}

/**
 * Ids that differ in the highest bits of each word, and where a shift takes these: what a hash of multiplications and shifts loses
 * word by word, under every seed.
 */
function anySeed(): Shape {
  const next = words(3);
  let base = next(6);
  return (at) => {
    if (at % 2 ** 15 === 0) base = next(6);
    const ids = Int32Array.from(base);
    for (let word = 0; word < 5; word++) {
      const high = (at >> (word * 2)) & 3;
      const carried = (high ^ (((at >> (10 + word)) & 1) << 1)) << 30;
      const shift = word === 0 ? 32 : word % 2 === 1 ? 15 : 13;
      const top = high << 30;
      ids[word]! ^= shift === 32 ? top : top ^ (top >>> shift) ^ (top >>> (2 * shift));
      ids[word + 1]! ^= carried;
    }
    return span(at, ids.subarray(0, 4), ids.subarray(4), NO_ID);
  };
}

/** Two ids in one trace, each the other's parent. */
function oneId(): Shape {
  const next = words(4);
  const [trace, one, other] = [next(4), next(2), next(2)];
  return (at) => (at % 2 === 0 ? span(at, trace, one, other) : span(at, trace, other, one));
}

/** Ordinary trees, all in one trace. */
function oneTrace(): Shape {
  const next = words(5);
  const trace = next(4);
  return trees((length) => (length === 4 ? trace : next(2)));
}

/** Thousands of children of one span, then that span as often as it may occur, each time of another service. */
function lateParents(): Shape {
  const next = words(6);
  const [children, parents] = [2000, OCCURRENCES_MAX];
  let trace = next(4);
  let parent = next(2);
  return (at) => {
    const place = at % (children + parents);
    if (place === 0) [trace, parent] = [next(4), next(2)];
    if (place < children) return span(at, trace, next(2), parent);
    return { ...span(at, trace, parent, NO_ID), service: SERVICES + place };
  };
}

/** One chain without end: each span the child of the one before it, or of the one after it. */
function chain(step: 1 | -1): Shape {
  const trace = words(7)(4);
  const id = (at: number): Int32Array => Int32Array.of(7, at + 1);
  return (at) => span(at, trace, id(at), at === 0 && step === 1 ? NO_ID : id(at - step));
}

/**
 * A chain of spans, thousands of spans below its end, and then each span of the chain again and again, each time a better parent than
 * before, so that everything below it moves.
 */
function movingRoots(): Shape {
  const next = words(8);
  const [links, leaves, ranks] = [60, 2000, 4];
  let trace = next(4);
  let chained: Int32Array[] = [];
  return (at) => {
    const place = at % (leaves + links * (ranks + 1));
    if (place === 0) {
      trace = next(4);
      chained = Array.from({ length: links }, () => next(2));
    }
    if (place < links)
      return { ...span(at, trace, chained[place]!, chained[place - 1] ?? NO_ID), service: 1, kind: INTERNAL };
    if (place < links + leaves)
      return { ...span(at, trace, next(2), chained[links - 1]!), service: 0, kind: CLIENT };
    const again = place - links - leaves;
    const link = links - 1 - (again % links);
    const rank = Math.floor(again / links);
    const isOwn = rank >= 2 ? 0 : 2;
    return {
      ...span(at, trace, chained[link]!, chained[link - 1] ?? NO_ID),
      service: isOwn,
      kind: rank % 2 === 0 ? CLIENT : SERVER,
    };
  };
}

/** A chain as long as any that is walked, of ids that occur as often as any that are joined. */
function repeatedLinks(): Shape {
  const next = words(10);
  const [links, times] = [64, OCCURRENCES_MAX];
  let trace = next(4);
  let chained: Int32Array[] = [];
  return (at) => {
    const place = at % (links * times);
    if (place === 0) {
      trace = next(4);
      chained = Array.from({ length: links }, () => next(2));
    }
    const link = place % links;
    return { ...span(at, trace, chained[link]!, chained[link - 1] ?? NO_ID), kind: INTERNAL };
  };
}

/** A name of its own for each span, of 64 random letters. */
function randomNames(): Shape {
  const ordinary = random();
  const random64 = mulberry32(9);
  return (at) => ({
    ...ordinary(at),
    operation: Uint8Array.from({ length: 64 }, () => 0x61 + Math.floor(random64() * 26)),
  });
}

/** The same, but the names differ only in bits that a hash of multiplications and shifts loses. */
function collidingNames(): Shape {
  const ordinary = random();
  return (at) => {
    const operation = new Uint8Array(64).fill(0x61);
    const view = new DataView(operation.buffer);
    for (let bit = 0; bit < 15; bit++) {
      if (((at >> bit) & 1) === 0) continue;
      const top = 1 << 31;
      view.setInt32(bit * 4, view.getInt32(bit * 4) ^ top);
      view.setInt32(bit * 4 + 4, view.getInt32(bit * 4 + 4) ^ top ^ (top >>> 15));
    }
    return { ...ordinary(at), operation };
  };
}

/** Trees of spans in traces of their own, with whatever ids: of a trace (4 words), or of a span (2 words) in a trace. */
function trees(next: (length: number, trace?: Int32Array) => Int32Array): Shape {
  let trace: Int32Array = new Int32Array(0);
  let spanIds: Int32Array[] = [];
  return (at) => {
    const place = at % SPANS_PER_TRACE;
    if (place === 0) {
      trace = next(4);
      spanIds = [];
    }
    spanIds.push(next(2, trace));
    return span(at, trace, spanIds[place]!, place === 0 ? NO_ID : spanIds[(place - 1) >> 1]!);
  };
}

const NO_ID = new Int32Array(2);
const NAMES = Array.from({ length: OPERATIONS }, (_, at) =>
  new TextEncoder().encode(`GET /api/v1/resource-${at}`),
);

function span(at: number, trace: Int32Array, id: Int32Array, parent: Int32Array): HostileSpan {
  const ids = new Int32Array(ID_WORDS);
  ids.set(trace);
  ids.set(id, SPAN);
  ids.set(parent, PARENT);
  return {
    ids,
    service: Math.floor(at / SPANS_PER_RESOURCE) % SERVICES,
    operation: NAMES[at % OPERATIONS]!,
    kind: KINDS[at % KINDS.length]!,
  };
}

/** Random words, in arrays of a length. */
function words(seed: number): (length: number) => Int32Array {
  const next = mulberry32(seed);
  return (length) => Int32Array.from({ length }, () => next() * 2 ** 32);
}

/** The first spans of a shape as OTLP messages. */
export function encoded(shape: Shape, spans: number): Corpus {
  const messages: Uint8Array[] = [];
  const writer = new ProtobufWriter();
  for (let at = 0; at < spans; at += SPANS_PER_MESSAGE) {
    const held = Array.from({ length: Math.min(SPANS_PER_MESSAGE, spans - at) }, (_, one) => shape(at + one));
    for (let from = 0; from < held.length;) {
      let to = from + 1;
      while (to < held.length && held[to]!.service === held[from]!.service) to++;
      encodeResource(writer, held.slice(from, to), at + from);
      from = to;
    }
    messages.push(writer.slice(0));
    writer.at = 0;
  }
  return { ...inOneBuffer(messages), spans };
}

function encodeResource(writer: ProtobufWriter, spans: readonly HostileSpan[], first: number): void {
  writer.message(1, () => {
    writer.message(1, () =>
      writer.message(1, () => {
        writer.string(1, 'service.name');
        writer.message(2, () => writer.string(1, `service-${spans[0]!.service}`));
      }),
    );
    writer.message(2, () => {
      for (const [at, one] of spans.entries()) writer.message(2, () => encodeSpan(writer, one, first + at));
    });
  });
}

function encodeSpan(writer: ProtobufWriter, { ids, operation, kind }: HostileSpan, at: number): void {
  const bytes = new Uint8Array(ID_WORDS * 4);
  for (const [word, value] of ids.entries()) new DataView(bytes.buffer).setInt32(word * 4, value);
  writer.bytes(1, bytes.subarray(0, 16));
  writer.bytes(2, bytes.subarray(16, 24));
  if (ids[PARENT] !== 0 || ids[PARENT + 1] !== 0) writer.bytes(4, bytes.subarray(24));
  writer.bytes(5, operation);
  writer.uint(6, kind);
  const startNs = START_NS + BigInt(at) * 10_000n;
  writer.fixed64(7, startNs);
  writer.fixed64(8, startNs + 1_000_000n);
}
