import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../../../src/sinks/arrow-columns.ts';

/** Texts that come again, and some that differ where a cheap hash does not look. */
const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'é', '€', '\ud800', 'GET /cart', 'PUT /cart', 'a-same-end', 'b-same-end'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

test('each text is written as by itself, whatever was written before it', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const { values, valueOffsets } = utf8(texts);
      const written = texts.map((_, row) =>
        Buffer.from(values.subarray(valueOffsets[row], valueOffsets[row + 1])).toString('latin1'),
      );
      expect(written).toEqual(texts.map((one) => Buffer.from(one).toString('latin1')));
    }),
  );
});

test('more texts than are known at a time, and longer than there is room for beforehand', () => {
  const texts = Array.from({ length: 5000 }, (_, at) => `${'x'.repeat(300)}${at % 1700}`);
  const { values, valueOffsets } = utf8(texts);
  expect(Buffer.from(values).toString()).toBe(texts.join(''));
  expect(valueOffsets.at(-1)).toBe(values.length);
});
