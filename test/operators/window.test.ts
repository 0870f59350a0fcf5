import { expect, test } from 'vitest';
import { judgeWindows } from '../../operators/window.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';

/** Of a span that ended then, without a record time. */
function windowOf(endMs: number, windowMs: number): number {
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  writer.reset(0);
  writer.begin(0, Number.NaN, 'default');
  writer.setTimesInUs(writer.addRow(), endMs * 1000, 0);
  judgeWindows(writer, { windowMs, aheadMsMax: 1, lateMsMax: 1 });
  return writer.window[0]!;
}

test('windows are counted up to the last that a column, and a 32-bit time, can name', () => {
  expect(windowOf(Date.UTC(2026, 0, 1), 1000)).toBe(Date.UTC(2026, 0, 1) / 1000);
  expect(windowOf(Date.UTC(2040, 0, 1), 1000)).toBe(2 ** 31 - 1);
  expect(windowOf(Date.UTC(2040, 0, 1), 60_000)).toBe(Date.UTC(2040, 0, 1) / 60_000);
  expect(windowOf(Date.UTC(2200, 0, 1), 60_000)).toBe(Math.floor((2 ** 32 - 1) / 60));
});
