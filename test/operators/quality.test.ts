/** The fold itself: what it gives out beside counts, and the page that says what its checks mean. Each check has a test of its own. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLIENTS_TABLE, QUALITY_COUNTER_ROWS, QUALITY_TABLE } from '../../operators/quality-rows.ts';
import { quality } from '../../operators/quality.ts';
import type { Rows } from '../../operators/rows.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { BASE_MS, type PlainSpan } from '../support/plain-span.ts';
import { QUALITY_OPTIONS, qualityRowsOf, qualitySpans } from '../support/quality-text.ts';
import { SMALL, batchOf, openPartition, rowsNamed } from '../support/run-partition.ts';

const checks = await loadChecks();

/** Lines of a table's or a counter set's columns, those of numbers that are 0 left out. */
function linesOf(rows: readonly Rows[], name: string, check: string, columns: readonly string[]): string[] {
  return rowsNamed(rows, name).flatMap((its) =>
    Array.from({ length: its.length }, (_, at) => at)
      .filter((at) => its.columns['check']![at] === check)
      .map((at) =>
        columns
          .map((column) => [column, its.columns[column]![at]] as const)
          .filter(([, value]) => value !== 0)
          .map(([column, value]) => (typeof value === 'number' ? `${column} ${value}` : String(value)))
          .join(' '),
      ),
  );
}

const COUNTS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'];

function id(trace: number, span: number): string {
  return `${trace.toString(16).padStart(32, '0')}/${span.toString(16).padStart(16, '0')}`;
}

/** Spans read in parts, with a flush after each: the rows of each flush. */
function flushed(
  parts: readonly (readonly PlainSpan[])[],
  lookbackSpans = 1000,
  slotMessages = 1000,
): Rows[][] {
  const log = parts.flat().map((span) => ({ recordMs: BASE_MS, spans: [span] }));
  const options = { ...SMALL, slotMessages, lookbackSpans };
  const partition = openPartition(log, options, undefined, [quality(checks, QUALITY_OPTIONS, 1)]);
  return parts.map(({ length }) => {
    partition.read(batchOf(log, partition.hi, partition.hi + length));
    return [...partition.flush().rows];
  });
}

describe('rows', () => {
  test('show who passes and who fails, as of the flush', () => {
    const [root, child, lost] = qualitySpans('"a" web server\n"a" web internal < 1\n"a" web internal < 9');
    const [first, second] = flushed([[child!, lost!], [root!]]);
    const columns = [...COUNTS, 'pass_examples', 'fail_examples'];
    const failures = [id(1, 3), id(1, 2)];
    expect(linesOf(first!, QUALITY_TABLE, 'parent_is_present', columns)).toEqual([
      `judged 2  ${failures.join(',')}`,
    ]);
    expect(linesOf(second!, QUALITY_TABLE, 'parent_is_present', columns)).toEqual([
      `judged 2 passed 1 ${id(1, 2)} ${id(1, 3)}`,
    ]);
  });

  test.each([
    ['left the neighbourhood', 1, 1000],
    ['lies in a slot that is over', 1000, 2],
  ])('keep failures of what has %s', (_name, lookbackSpans, slotMessages) => {
    const [lost, ...others] = qualitySpans(
      `"a" web internal < 9
       "a" web server t2
       "a" web server t3
       "a" web server t4
       "a" web server t5
       "a" web internal < 9 t6`,
    );
    const [rows] = flushed([[lost!, ...others]], lookbackSpans, slotMessages);
    const examples = linesOf(rows!, QUALITY_TABLE, 'parent_is_present', ['fail_examples']).join().split(',');
    expect(examples.sort()).toEqual([id(1, 1), id(6, 6)]);
  });

  test('take back what a better parent makes wrong', () => {
    // A PRODUCER span first, then a SERVER span of the same id, which is the better parent.
    const spans = qualitySpans('"a" web producer #5\n"a" cart server < 5\n"a" web server #5');
    const [rows] = flushed([spans]);
    expect(linesOf(rows!, QUALITY_TABLE, 'kind_fits', COUNTS)).toEqual(['judged 1 judged_moved 1']);
    expect(linesOf(rows!, QUALITY_TABLE, 'unique_span_id', ['service', ...COUNTS])).toEqual([
      'web judged 2 passed 2 passed_moved 2',
      'cart judged 1 passed 1',
    ]);
  });

  test('tell clients apart, by window and version', () => {
    const version =
      'res:telemetry.sdk.language=Go res:telemetry.sdk.name=opentelemetry res:telemetry.sdk.version=';
    const rows = qualityRowsOf(
      [],
      qualitySpans(`web server ${version}1\nweb server ${version}2\nweb server ${version}2\nweb server`),
    );
    const [clients] = rowsNamed(rows, CLIENTS_TABLE);
    const { columns } = clients!;
    expect([columns['language'], columns['client_version'], [...(columns['spans'] as Float64Array)]]).toEqual(
      [
        ['go', 'go'],
        ['1', '2'],
        [1, 2],
      ],
    );
    expect(columns['examples']).toEqual([[id(1, 1)], expect.arrayContaining([id(1, 2), id(1, 3)])]);
  });
});

test('counters rise by what was counted since the last flush, over operations and windows', () => {
  const [one, two, parent] = qualitySpans('"b" web internal < 3\n"c" web internal < 3\n"a" web server');
  const [first, second, third] = flushed([[one!], [two!], [parent!]]);
  const rises = (rows: Rows[] | undefined): string[] =>
    linesOf(rows!, QUALITY_COUNTER_ROWS, 'parent_is_present', ['service', ...COUNTS]);
  expect(rises(first)).toEqual(['web judged 1']);
  expect(rises(second)).toEqual(['web judged 1']);
  expect(rises(third)).toEqual(['web passed 2']);
});

test('what an earlier process gave out is no rise', () => {
  const operator = quality(checks, QUALITY_OPTIONS, 1);
  const spans = qualitySpans('"a" web internal < 9\n"a" web internal < 9\n"a" web internal < 9');
  const log = spans.map((span) => ({ recordMs: BASE_MS, spans: [span] }));
  const progress = { generation: 1, origin: 0, hi: 2, fingerprint: 'f' };
  const partition = openPartition(log, { ...SMALL, slotMessages: 1000, lookbackSpans: 10 }, progress, [
    operator,
  ]);
  partition.read(batchOf(log, 0, 3));
  const { rows } = partition.flush();
  expect(linesOf(rows, QUALITY_TABLE, 'parent_is_present', ['judged'])).toEqual(['judged 3']);
  expect(linesOf(rows, QUALITY_COUNTER_ROWS, 'parent_is_present', ['judged'])).toEqual(['judged 1']);
});

describe('checks', () => {
  const page = readFileSync(new URL('../../docs/QUALITY.md', import.meta.url), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );

  test('are many, weigh 1 to 5, and say so in sentences', () => {
    expect(checks.length).toBeGreaterThanOrEqual(20);
    for (const { name, weight, judges, passes, exempts, credits, why, fix } of checks) {
      expect([1, 2, 3, 4, 5]).toContain(weight);
      for (const sentence of [judges, passes, exempts, credits, why, fix])
        expect([name, sentence]).toEqual([name, expect.stringMatching(/\.$/)]);
    }
  });

  test.each(checks)('$name is on the page, in its own words', (check) => {
    const { name, title, category, weight, judges, passes, exempts, credits, why, fix } = check;
    expect(page).toMatch(
      new RegExp(`\\[\`${name}\`\\]\\(#${name}\\) \\| ${category} \\| ${weight} \\| ${title} \\|`),
    );
    const section = `### ${name} ${title}. ${why} - Judges: ${judges} - Passes: ${passes} - Exempt: ${exempts} - Credited to: ${credits} - Fix: ${fix}`;
    expect(page).toContain(section.replaceAll(/\s+/g, ' '));
  });

  test('and no other is', () => {
    const sections = [...page.matchAll(/### (\w+)/g)].map(([, name]) => name);
    expect(sections.sort()).toEqual(checks.map(({ name }) => name));
  });
});
