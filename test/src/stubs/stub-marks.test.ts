import { expect, test } from 'vitest';
import { MarkHistory, StubMarks, isAfter, offsetOf } from '../../../src/stubs/stub-marks.ts';

const at = (generation: number, offset: number, ordinal: number) => ({ generation, offset, ordinal });

test('positions are ordered by generation, then offset, then ordinal', () => {
  expect(isAfter(at(2, 0, 0), at(1, 9, 9))).toBe(true);
  expect(isAfter(at(1, 9, 9), at(2, 0, 0))).toBe(false);
  expect(isAfter(at(1, 3, 0), at(1, 2, 9))).toBe(true);
  expect(isAfter(at(1, 2, 1), at(1, 2, 0))).toBe(true);
  expect(isAfter(at(1, 2, 0), at(1, 2, 0))).toBe(false);
});

test('a mark only rises', () => {
  const marks = new StubMarks();
  marks.raise(4, at(2, 5, 0));
  marks.raise(4, at(1, 8, 0));
  marks.raise(4, at(2, 4, 7));
  marks.raise(0, at(1, 0, 0));
  expect(marks.rows()).toEqual([
    [0, 1, 0, 0],
    [4, 2, 5, 0],
  ]);
});

test('history tells the marks before a slot, also where slots were passed over, and a successor goes on from its text', () => {
  const history = new MarkHistory(0);
  history.marks.raise(0, at(1, 1, 0));
  history.enter(10);
  history.marks.raise(0, at(1, 2, 0));
  // Nothing lay in slots 20 and 30.
  history.enter(40);
  history.marks.raise(0, at(1, 3, 0));
  expect(history.before(0)).toBe('{"offset":0,"rows":[]}');
  expect(history.before(10)).toBe('{"offset":10,"rows":[[0,1,1,0]]}');
  expect(history.before(20)).toBe('{"offset":20,"rows":[[0,1,2,0]]}');
  expect(history.before(40)).toBe('{"offset":40,"rows":[[0,1,2,0]]}');
  const text = history.before(50);
  expect(text).toBe('{"offset":50,"rows":[[0,1,3,0]]}');
  expect(offsetOf(text)).toBe(50);
  expect(new MarkHistory(50, text).before(50)).toBe(text);
});
