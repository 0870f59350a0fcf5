/** Law of reading: what a partition has read may be overwritten. Sources use the memory of what they fetched again. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { red } from '../../operators/red.ts';
import { type Codec, loadCodec } from '../../src/codecs/codec.ts';
import { Partition, type TakenFlush } from '../../src/engine/partition.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { abstractSpan, ATTRIBUTE_KEYS, messagesOf, ONE_ENCODINGS } from '../support/encoders.ts';
import { SMALL } from '../support/run-partition.ts';

const RUN_BYTES_MAX = 2 ** 20;
const SLOT_MESSAGES = 8;

/** Runs of messages, some of which nobody can decode. */
const broken = fc.uint8Array({ minLength: 1, maxLength: 30 });
const spans = fc.array(abstractSpan, { minLength: 1, maxLength: 3 });

it.each([...ONE_ENCODINGS, 'auto'] as const)('holds for %s', async (encoding) => {
  const codec = await loadCodec(encoding);
  const written = encoding === 'auto' ? 'jaeger_proto' : encoding;
  const messages = fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: spans.map((drawn) => messagesOf(written, drawn)) },
        broken.map((one) => [one]),
      ),
    )
    .map((drawn) => drawn.flat());
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 4 }), (runs) => {
      const memory = new Uint8Array(RUN_BYTES_MAX);
      const overwritten = flushAfter(
        codec,
        runs,
        (run) => inMemory(run, memory),
        () => memory.fill(0xaa),
      );
      expect(overwritten).toEqual(
        flushAfter(
          codec,
          runs,
          (run) => run,
          () => undefined,
        ),
      );
    }),
  );
});

function flushAfter(
  codec: Codec,
  runs: readonly (readonly Uint8Array[])[],
  placed: (run: readonly Uint8Array[]) => readonly Uint8Array[],
  readOut: () => void,
): TakenFlush {
  const partition = openPartition(codec);
  let offset = 0;
  for (const run of runs) {
    partition.read(batchAt(offset, placed(run)));
    readOut();
    offset += run.length;
  }
  return partition.flush();
}

/** The messages one after another in memory. */
function inMemory(run: readonly Uint8Array[], memory: Uint8Array): readonly Uint8Array[] {
  let end = 0;
  return run.map((message) => {
    memory.set(message, end);
    end += message.length;
    return memory.subarray(end - message.length, end);
  });
}

function openPartition(codec: Codec): Partition {
  const keys = new AttributeKeys(ATTRIBUTE_KEYS);
  const { windowMs, aheadMsMax, lateMsMax, lookbackSpans: spansMax } = SMALL;
  const operators = [red({ dimensions: [...ATTRIBUTE_KEYS], limits: SMALL }, 1)];
  const job = { name: 'red', summary: '', operators, tables: [], views: [], counters: [] };
  const rules = { windowMs, aheadMsMax, lateMsMax, keys: keys.keys };
  return new Partition(
    {
      topic: 't',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 },
      slotMessages: SLOT_MESSAGES,
      fingerprint: '',
      codec,
      writer: { keys, dictionaryTextsMin: 4 },
      tenantOf: () => 'default',
    },
    openPipeline([job], { rules, spansMax, slotMessages: SLOT_MESSAGES, seed: 1 }),
  );
}

function batchAt(offset: number, values: readonly Uint8Array[]): LogBatch {
  const { length } = values;
  return {
    topic: 't',
    partition: 0,
    length,
    offsets: Float64Array.from(values, (_, at) => offset + at),
    timestampsMs: new Float64Array(length).fill(1_758_000_060_000),
    values,
    nextOffset: offset + length,
    endOffset: offset + length,
  };
}
