/** Law of reading: what a partition has read may be overwritten. Sources use the memory of what they fetched again. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Codec, loadCodec } from '../../src/codecs/codec.ts';
import type { TakenFlush } from '../../src/engine/partition.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { abstractSpan, messagesOf, ONE_ENCODINGS } from '../support/encoders.ts';
import { openRedPartition } from '../support/red-partition.ts';

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
  const partition = openRedPartition({ codec, slotMessages: SLOT_MESSAGES, tenantOf: () => 'default' });
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
