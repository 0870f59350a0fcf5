/** A partition that benchmarks feed from memory: a corpus read again and again, each pass in traces of its own. */
import type { Operator } from '../../operators/operator.ts';
import type { Codec } from '../../src/codecs/codec.ts';
import codec from '../../src/codecs/otlp-proto.ts';
import { Partition } from '../../src/engine/partition.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import type { Corpus } from './corpus.ts';

/** All passes lie in one slot. */
const SLOT_MESSAGES = 2 ** 30;

export interface BenchPartition {
  readonly partition: Partition;
  /** Reads the whole corpus once more. */
  readonly pass: () => void;
  /** Reads messages as part of a pass. */
  readonly read: (messages: readonly Uint8Array[], ofPass: number) => void;
  readonly passes: () => number;
}

export function openBenchPartition(
  corpus: Pick<Corpus, 'messages'>,
  operators: readonly Operator[],
  spansMax: number,
): BenchPartition {
  let passes = 0;
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const rules = { windowMs: 60_000, aheadMsMax: 600_000, lateMsMax: 86_400_000, keys: keys.keys };
  const job = { name: 'bench', summary: '', operators, tables: [], views: [], counters: [] };
  const partition = new Partition(
    {
      topic: 'bench',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 },
      slotMessages: SLOT_MESSAGES,
      fingerprint: '',
      codec: apart(() => passes),
      writer: { keys },
      tenantOf: () => 'default',
    },
    openPipeline([job], { rules, spansMax, slotMessages: SLOT_MESSAGES, seed: 1 }),
  );
  const read = (messages: readonly Uint8Array[], ofPass: number): void => {
    passes = ofPass;
    partition.read(batchAt(messages, partition.hi));
  };
  return {
    partition,
    read,
    passes: () => passes,
    pass() {
      read(corpus.messages, passes);
      passes++;
    },
  };
}

/** Of all threads, the garbage collector's and the compiler's included. */
export function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** OTLP, each pass in traces of its own: else every span would repeat one of the pass before. */
export function apart(passes: () => number): Codec {
  return {
    decode(message, into) {
      const from = into.length;
      codec.decode(message, into);
      const pass = passes();
      for (let row = from; row < into.length; row++) into.ids[row * ID_WORDS]! ^= pass;
    },
  };
}

/** Messages, from an offset on. */
export function batchAt(messages: readonly Uint8Array[], offset: number): Parameters<Partition['read']>[0] {
  return {
    topic: 'bench',
    partition: 0,
    length: messages.length,
    offsets: Float64Array.from(messages, (_, at) => offset + at),
    timestampsMs: new Float64Array(messages.length).fill(Number.NaN),
    values: messages,
    nextOffset: offset + messages.length,
    endOffset: offset + messages.length,
  };
}
