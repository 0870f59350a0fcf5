import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Changes } from '../../operators/quality-changes.ts';
import { EXEMPT, NOT_JUDGED, PASSED } from '../../operators/quality-check.ts';
import { COUNTERS } from '../../operators/quality-chunk.ts';
import { type Question, verdictAt } from '../../operators/quality-panel.ts';

const QUESTIONS = 4;
const CHECKS = 3;
const ROWS = 3;

/** Two questions are of one check. */
const questions = Array.from({ length: QUESTIONS }, (_, number): Question => {
  return { number, check: number % CHECKS, shift: number * 2, judge: {}, credits: 'own' };
});
const word = fc.integer({ min: 0, max: 4 ** QUESTIONS - 1 });
const change = fc.record({ row: fc.integer({ min: 0, max: ROWS - 1 }), before: word, after: word });

/** Of a row: per check what was judged, passed and exempt, then what of each was taken back. */
function countedOf(
  row: number,
  changes: readonly { row: number; before: number; after: number }[],
): number[] {
  const counters = new Array<number>(CHECKS * COUNTERS).fill(0);
  for (const { before, after } of changes.filter((its) => its.row === row))
    for (const { check, shift } of questions) {
      const [was, is] = [verdictAt(before, shift), verdictAt(after, shift)];
      if (was === is) continue;
      const rises = [
        was === NOT_JUDGED,
        is === PASSED,
        is === EXEMPT,
        is === NOT_JUDGED,
        was === PASSED,
        was === EXEMPT,
      ];
      for (const [counter, hasRisen] of rises.entries())
        if (hasRisen) counters[check * COUNTERS + counter]!++;
    }
  return counters;
}

test('counts each verdict that changed, whether its way has a number or not', () => {
  // Of 300 changes most are of a way of their own.
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300, size: 'max' }), (made) => {
      const changes = new Changes(questions, 1);
      changes.reserve(ROWS);
      for (const { row, before, after } of made) changes.count(row, before, after);
      for (let row = 0; row < ROWS; row++) {
        const counters = new Float64Array(CHECKS * COUNTERS);
        changes.addTo(counters, row);
        expect([...counters]).toEqual(countedOf(row, made));
      }
    }),
  );
});

test('counts more changes than wait at a time', () => {
  const changes = new Changes(questions, 1);
  changes.reserve(ROWS);
  const made = Array.from({ length: 5000 }, (_, at) => ({ row: at % ROWS, before: 0, after: 1 + (at % 3) }));
  for (const { row, before, after } of made) changes.count(row, before, after);
  for (let row = 0; row < ROWS; row++) {
    const counters = new Float64Array(CHECKS * COUNTERS);
    changes.addTo(counters, row);
    expect([...counters]).toEqual(countedOf(row, made));
  }
});
