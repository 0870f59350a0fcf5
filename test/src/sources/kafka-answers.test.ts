import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerBuffers, AnswerReader, AnswerReaders } from '../../../src/sources/kafka-answers.ts';

const LARGE = 2 ** 17;

function framed(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(payload.length);
  return Buffer.concat([head, payload]);
}

test('answers come out whole and in order, wherever the bytes are cut and whatever lies there afterwards', () => {
  const answers = fc.array(
    fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(LARGE).fill(7))),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(
      answers,
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1 }),
      (payloads, cuts) => {
        const sent = payloads.map(framed);
        const all = Buffer.concat(sent);
        const got: Buffer[] = [];
        const buffers = new AnswerBuffers();
        const reader = new AnswerReader(buffers, (answer) => {
          got.push(Buffer.from(answer));
          buffers.give(answer);
        });
        const chunk = Buffer.alloc(70_000);
        for (let at = 0, cut = 0; at < all.length; cut++) {
          const length = all.copy(chunk, 0, at, at + cuts[cut % cuts.length]!);
          reader.take(chunk.subarray(0, length));
          at += length;
        }
        expect(got.map((answer) => answer.toString('hex'))).toEqual(
          sent.map((answer) => answer.toString('hex')),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('a negative length is refused', () => {
  const reader = new AnswerReader(new AnswerBuffers(), () => undefined);
  expect(() => {
    reader.take(Buffer.from([0xff, 0, 0, 0]));
  }).toThrow('no Kafka broker');
});

test('a large buffer is used again when it was given back, once, and not before', () => {
  const buffers = new AnswerBuffers();
  const first = buffers.take(LARGE);
  const second = buffers.take(LARGE);
  expect(second.buffer).not.toBe(first.buffer);
  buffers.give(first.subarray(10, 20));
  buffers.give(first);
  const third = buffers.take(LARGE - 1);
  expect([third.buffer === first.buffer, third.length]).toEqual([true, LARGE - 1]);
  expect(buffers.take(LARGE).buffer).not.toBe(first.buffer);
});

test('what was never lent is not taken back', () => {
  const buffers = new AnswerBuffers();
  buffers.give(Buffer.alloc(LARGE));
  const small = buffers.take(100);
  buffers.give(small);
  expect([buffers.take(LARGE).length, buffers.take(100).buffer === small.buffer]).toEqual([LARGE, false]);
});

test('an answer is given back by the last of its readers', () => {
  const buffers = new AnswerBuffers();
  const answer = buffers.take(LARGE);
  const isFree = (): boolean => {
    const next = buffers.take(LARGE);
    const isSame = next.buffer === answer.buffer;
    return isSame;
  };
  const readers = new AnswerReaders(buffers, answer);
  const [one, other] = [readers.add(), readers.add()];
  one();
  one();
  expect(isFree()).toBe(false);
  other();
  expect(isFree()).toBe(true);
});
