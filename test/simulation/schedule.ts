/**
 * What a simulation goes by: a log, rules, and the order in which things happen to whom. Plain data, so that a schedule that failed can be
 * kept as text (found.json) whatever becomes of the generators below.
 */
import * as fc from 'fast-check';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { BASE_MS, type PlainMessage, type PlainSpan } from '../support/plain-span.ts';

export interface SpanDraft {
  readonly trace: number;
  readonly id: number;
  readonly parent: number;
  readonly service: number;
  readonly kind: number;
  readonly status: number;
  /** End, relative to its record. */
  readonly atMs: number;
  readonly us: number;
  readonly peer: number;
  /** Id of a span it links to; 0 or absent: none. */
  readonly link?: number;
}

/** Spans; bytes that do not decode; an offset without a message; or the message so many offsets before, again. */
export type MessageDraft = readonly SpanDraft[] | 'poison' | 'control' | number;

/** What becomes of a request to the store. Reads know `ok`, `refused`, `held` and, for progress, `stale`: an older answer. */
export const FATES = [
  'ok',
  /** It fails, and nothing happened. */
  'refused',
  /** It happened, and its sender hears of a failure. */
  'ambiguous',
  /** Some of its rows land, and its sender hears of a failure. */
  'partly',
  /** Its sender hears of a failure, and it lands later. */
  'late',
  /** It lands, and lands again later. */
  'twice',
  /** Nobody knows yet: a step `answer` decides. */
  'held',
  'stale',
] as const;
export type Fate = (typeof FATES)[number];

export type Step =
  | { readonly do: 'produce'; readonly partition: number; readonly messages: number }
  /** `again`: from so many offsets before, as a source may. */
  | {
      readonly do: 'consume';
      readonly process: number;
      readonly partition: number;
      readonly messages: number;
      readonly again: number;
    }
  | { readonly do: 'flush' | 'crash' | 'stop'; readonly process: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'start' }
  /** A rebalance takes a partition away, or gives it (back). */
  | { readonly do: 'lose' | 'assign'; readonly process: number; readonly partition: number }
  | { readonly do: 'answer'; readonly request: number; readonly fate: Fate }
  /** A late insert lands: whole, or some of its rows. */
  | { readonly do: 'land'; readonly insert: number; readonly isWhole: boolean }
  /** Retention removes so many messages more. */
  | { readonly do: 'retain'; readonly partition: number; readonly messages: number }
  /** The topic is made anew, and so many messages are there when anybody looks. */
  | { readonly do: 'recreate'; readonly partition: number; readonly messages: number };

export interface Rules {
  readonly slotMessages: number;
  readonly lookbackSpans: number;
  readonly isTight: boolean;
  readonly rowsHeldMax: number;
  readonly start: 'earliest' | 'latest';
}

export interface Schedule {
  readonly rules: Rules;
  /** One a partition. */
  readonly logs: readonly (readonly MessageDraft[])[];
  readonly steps: readonly Step[];
  /** Of the requests in their order; those that follow are `ok`. */
  readonly fates: readonly Fate[];
  readonly seed: number;
}

/** Partitions and processes a schedule has at most; steps name them modulo what there is. */
export const PARTITIONS_MAX = 2;
export const PROCESSES_MAX = 3;

const SERVICES = ['cart', 'pay', 'ship'];
const PEERS = ['pay', 'db'];
const RECORD_STEP_MS = 1_500;

export function messagesOf(drafts: readonly MessageDraft[]): readonly PlainMessage[] {
  return drafts.map((_, at) => ({ recordMs: BASE_MS + at * RECORD_STEP_MS, spans: spansAt(drafts, at) }));
}

function spansAt(drafts: readonly MessageDraft[], at: number): readonly PlainSpan[] | undefined {
  const draft = drafts[at];
  if (typeof draft === 'number') return draft <= 0 ? [] : spansAt(drafts, at - draft);
  if (draft === 'poison') return undefined;
  if (draft === undefined || draft === 'control') return [];
  return draft.map((span) => spanOf(span, BASE_MS + at * RECORD_STEP_MS));
}

function spanOf(
  { trace, id, parent, service, kind, status, atMs, us, peer, link = 0 }: SpanDraft,
  recordMs: number,
): PlainSpan {
  const endNs = BigInt(recordMs + atMs) * 1_000_000n;
  return {
    traceId: trace,
    spanId: id,
    parentId: parent,
    service: SERVICES[service]!,
    operation: id % 2 === 0 ? 'GET /' : 'POST /pay',
    kind,
    status,
    startNs: endNs - BigInt(us) * 1000n,
    endNs,
    weight: id === 5 ? 2 * WEIGHT_ONE : WEIGHT_ONE,
    links: link === 0 ? [] : [{ traceId: 1 + (link % 2), spanId: link }],
    attributes: peer === 0 ? {} : { 'peer.service': PEERS[peer - 1]! },
  };
}

const spanDraft: fc.Arbitrary<SpanDraft> = fc
  .record({
    trace: fc.constantFrom(1, 1, 1, 2, 2, 3, 0),
    ids: fc.oneof(
      // A tree, a chain, and whatever comes: shared ids, orphans, cycles.
      { weight: 4, arbitrary: fc.nat(6).map((id) => [id + 1, id === 0 ? 0 : Math.ceil(id / 2)] as const) },
      { weight: 2, arbitrary: fc.nat(6).map((id) => [id + 1, id] as const) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(7), fc.nat(7)) },
    ),
    service: fc.nat(2),
    kind: fc.constantFrom(1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 0),
    status: fc.constantFrom(0, 0, 1, 2),
    atMs: fc.constantFrom(-10, -10, -10, -70_000, -400_000, 40_000),
    us: fc.constantFrom(0, 1, 900, 12_400, 5_000_000),
    peer: fc.constantFrom(0, 0, 0, 1, 2),
    link: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
  })
  .map(({ ids: [id, parent], ...rest }) => ({ ...rest, id, parent }));

const messageDraft: fc.Arbitrary<MessageDraft> = fc.oneof(
  { weight: 16, arbitrary: fc.array(spanDraft, { maxLength: 3 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.constant('poison' as const) },
  { weight: 1, arbitrary: fc.constant('control' as const) },
);

const process = fc.nat(PROCESSES_MAX - 1);
const partition = fc.nat(PARTITIONS_MAX - 1);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 16, arbitrary: fc.constant('ok' as const) },
  { weight: 2, arbitrary: fc.constant('held' as const) },
  { weight: 6, arbitrary: fc.constantFrom(...FATES) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
      partition,
      messages: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 28,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      process,
      partition,
      messages: fc.integer({ min: 1, max: 9 }),
      again: fc.constantFrom(0, 0, 0, 2),
    }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('flush' as const), process }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(250, 6_000, 31_000) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('crash' as const), process }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), process }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), process, partition }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('assign' as const), process, partition }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('answer' as const), request: fc.nat(4), fate }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('land' as const), insert: fc.nat(4), isWhole: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      partition,
      messages: fc.integer({ min: 1, max: 16 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('recreate' as const),
      partition,
      messages: fc.integer({ min: 1, max: 8 }),
    }),
  },
);

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  rules: fc.record({
    slotMessages: fc.constantFrom(3, 4, 4, 8),
    lookbackSpans: fc.constantFrom(4, 7, 100, 100),
    isTight: fc.constantFrom(true, false, false),
    rowsHeldMax: fc.constantFrom(6, 1_000_000, 1_000_000),
    start: fc.constantFrom('earliest', 'earliest', 'earliest', 'latest'),
  }),
  logs: fc.array(fc.array(messageDraft, { maxLength: 24, size: 'max' }), {
    minLength: 1,
    maxLength: PARTITIONS_MAX,
  }),
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
  fates: fc.array(fate, { maxLength: 80, size: 'max' }),
  seed: fc.integer(),
});
