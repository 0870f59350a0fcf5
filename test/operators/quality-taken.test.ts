import { expect, test } from 'vitest';
import { COUNTERS } from '../../operators/quality-chunk.ts';
import { QUALITY_TABLE, QualityRows } from '../../operators/quality-rows.ts';
import { Given } from '../../operators/quality-taken.ts';

test('what was given of a row is known until it is given again, beyond 32 bits too', () => {
  const given = new Given(1);
  expect([...given.of(2)]).toEqual([0, 0, 0, 0, 0, 0]);
  const small = Float64Array.of(1, 2, 3, 4, 5, 2 ** 32 - 1);
  const large = Float64Array.of(2 ** 32, 2 ** 53 - 1, 0, 1, 2, 3);
  given.give(2, small);
  expect([...given.of(2)]).toEqual([...small]);
  given.give(0, large);
  expect([...given.of(0)]).toEqual([...large]);
  expect([...given.of(2)]).toEqual([...small]);
  given.give(70, small);
  expect([0, 1, 2, 70].map((row) => [...given.of(row)])).toEqual([
    [...large],
    [0, 0, 0, 0, 0, 0],
    [...small],
    [...small],
  ]);
});

test('rows of many chunks are the rows that were added, in their order', () => {
  const all = Array.from({ length: 10_000 }, (_, at) => at);
  const rows = new QualityRows(
    60_000,
    all.map((at) => `c${at}`),
  );
  const counters = new Float64Array(2 * COUNTERS);
  for (const at of all) {
    for (let counter = 0; counter < COUNTERS; counter++) counters[COUNTERS + counter] = at * 10 + counter;
    const labels = { tenant: 't', service: `s${at}`, operation: `o${at}`, window: at };
    rows.add(at, labels, at, counters, COUNTERS, [`p${at}`], [`f${at}`]);
  }
  const chunks = rows.rows;
  expect(chunks.every(({ name, length }) => name === QUALITY_TABLE && length > 0)).toBe(true);
  const column = (name: string): unknown[] =>
    chunks.flatMap(({ columns, length }) => {
      expect(columns[name]).toHaveLength(length);
      return [...(columns[name] as Iterable<unknown>)];
    });
  expect(chunks.flatMap(({ slot }) => [...slot])).toEqual(all);
  expect(column('window_start')).toEqual(all.map((at) => at * 60_000));
  expect(column('service')).toEqual(all.map((at) => `s${at}`));
  expect(column('check')).toEqual(all.map((at) => `c${at}`));
  expect(column('judged')).toEqual(all.map((at) => at * 10));
  expect(column('exempt_moved')).toEqual(all.map((at) => at * 10 + 5));
  expect(column('pass_examples')).toEqual(all.map((at) => [`p${at}`]));
  expect(column('fail_examples')).toEqual(all.map((at) => [`f${at}`]));
});

test('no rows are no chunk', () => {
  expect(new QualityRows(1, []).rows).toEqual([]);
});

test('rows of one group share their labels and lists, and counters beyond 32 bits are kept', () => {
  const rows = new QualityRows(1, ['a', 'b']);
  const counters = Float64Array.of(1, 2, 3, 4, 5, 6, 2 ** 32, 2 ** 53 - 1, 0, 0, 0, 0);
  const labels = { tenant: 't', service: 's', operation: 'o', window: 1 };
  const [one, two] = [['x', 'y'], ['z']];
  rows.add(0, labels, 0, counters, 0, one, []);
  rows.add(0, labels, 1, counters, COUNTERS, one, two);
  rows.add(8, labels, 0, counters, 0, two, one);
  const [chunk] = rows.rows;
  expect([...chunk!.slot]).toEqual([0, 0, 8]);
  expect(chunk!.columns).toMatchObject({
    operation: ['o', 'o', 'o'],
    check: ['a', 'b', 'a'],
    judged: Float64Array.of(1, 2 ** 32, 1),
    passed: Float64Array.of(2, 2 ** 53 - 1, 2),
    pass_examples: [one, one, two],
    fail_examples: [[], two, one],
  });
});
