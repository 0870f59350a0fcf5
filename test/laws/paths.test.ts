/** The laws of paths: its rows are those of the definitions at every prefix, however the log is cut and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXAMPLES_MAX } from '../../operators/examples.ts';
import { type PathsOptions, paths } from '../../operators/paths.ts';
import { type PathRow, pathsOracle } from '../support/paths-oracle.ts';
import { nestedLog } from '../support/nested-log.ts';
import { BASE_MS, type PlainMessage, plainSpan } from '../support/plain-span.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { VersionStore, runs, writeInRuns } from '../support/resumed-runs.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';
import { pathRowAt } from '../support/stored-rows.ts';

type Options = OracleOptions & PathsOptions;

const options: fc.Arbitrary<Options> = fc
  .record({
    lookbackSpans: fc.constantFrom(5, 7, 100, 100),
    slotMessages: fc.constantFrom(2, 4, 1000, 1000),
    origin: fc.constantFrom(0, 0, 3),
    limits: fc.record({
      rowsPerTenantMax: fc.constantFrom(2, 5, 1000, 1000),
      entriesMax: fc.constantFrom(2, 3, 32, 32),
      depthMax: fc.constantFrom(1, 3, 4, 64, 64),
      completedMax: fc.constantFrom(1, 2, 3, 1000, 1000),
    }),
  })
  .map((drawn) => ({ ...SMALL, ...drawn }));

/**
 * Traces that are plain trees but for a few: their spans in any order, some lost and some read twice, so that what is remembered of a span
 * is told, waits, leaves and is doubted.
 */
const treeLog: fc.Arbitrary<readonly PlainMessage[]> = fc
  .tuple(
    fc.array(
      fc.record({
        span: plainSpan,
        service: fc.constantFrom('cart', 'pay', 'ship'),
        trace: fc.nat(3),
        parent: fc.nat(),
        time: fc.nat(60),
        copies: fc.constantFrom(0, 1, 1, 1, 1, 1, 1, 1, 1, 2),
        isStray: fc.constantFrom(...Array.from({ length: 25 }, (_, at) => at === 0)),
      }),
      { maxLength: 45, size: 'max' },
    ),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 45, maxLength: 45 }),
  )
  .map(([drafts, lengths]) => {
    const sizes = [0, 0, 0, 0];
    const spans = drafts
      .flatMap(({ span, service, trace, parent, time, copies, isStray }) => {
        const spanId = ++sizes[trace]!;
        const parentId = isStray ? spanId + (parent % 3) : spanId === 1 ? 0 : 1 + (parent % (spanId - 1));
        return Array.from({ length: copies }, (_, copy) => ({
          at: time + copy * 9,
          span: { ...span, service, traceId: trace + 1, spanId, parentId },
        }));
      })
      .sort((a, b) => a.at - b.at)
      .map(({ span }) => span);
    return lengths
      .map((length, at) => ({ recordMs: BASE_MS + at * 1_500, spans: spans.splice(0, length) }))
      .filter((message) => message.spans.length > 0);
  });

/** Of examples the oracle says which may be one: as many as fit must be there, and none twice. */
function expectRows(actual: Map<string, PathRow>, expected: Map<string, PathRow>): void {
  const counts = (rows: Map<string, PathRow>): Map<string, PathRow> =>
    new Map([...rows].map(([key, row]) => [key, { ...row, traces: [] }]));
  expect(counts(actual)).toEqual(counts(expected));
  for (const [key, { traces }] of actual) {
    const known = expected.get(key)!.traces;
    expect(new Set(traces).size).toBe(Math.min(EXAMPLES_MAX, known.length));
    expect(traces.filter((trace) => !known.includes(trace))).toEqual([]);
  }
}

test('rows are those of the definitions at every prefix, however the log is cut into batches', () => {
  fc.assert(
    fc.property(nestedLog, options, fc.array(fc.nat(6), { maxLength: 20 }), (log, drawn, lengths) => {
      const store = new VersionStore(pathRowAt);
      const partition = openPartition(log, drawn, undefined, [paths(drawn)]);
      for (const length of [...lengths, log.length]) {
        partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
        const { hi, rows } = partition.flush();
        store.write(hi, rows);
        expectRows(store.content, pathsOracle(log, drawn, hi));
      }
    }),
    { numRuns: 800 },
  );
});

test('rows do not depend on where runs stop, what progress they resume from, or which stale writer comes last', () => {
  fc.assert(
    fc.property(nestedLog, options, runs, (log, given, drawnRuns) => {
      const store = new VersionStore(pathRowAt);
      const whole = new VersionStore(pathRowAt);
      const drawn = { ...given, origin: Math.min(given.origin ?? 0, log.length) };
      writeInRuns(store, log, drawn, paths(drawn), drawnRuns);
      expectRows(store.content, pathsOracle(log, drawn));
      const first = openPartition(log, drawn, undefined, [paths(drawn)]);
      first.read(batchOf(log, first.hi, log.length));
      whole.write(log.length, first.flush().rows);
      // Examples too are those of one run from the start.
      expect(store.content).toEqual(whole.content);
    }),
    { numRuns: 400 },
  );
});

test('of traces that are trees too, with spans left out and nodes renumbered all the time', () => {
  fc.assert(
    fc.property(
      treeLog,
      options,
      fc.constantFrom(5, 16, 20, 33, 100),
      fc.constantFrom(1, 4, 1000),
      fc.array(fc.nat(9), { maxLength: 6 }),
      (log, given, lookbackSpans, nodesMin, lengths) => {
        const drawn = { ...given, lookbackSpans };
        const store = new VersionStore(pathRowAt);
        const partition = openPartition(log, drawn, undefined, [paths(drawn, nodesMin, nodesMin)]);
        for (const length of [...lengths, log.length]) {
          partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
          const { hi, rows } = partition.flush();
          store.write(hi, rows);
          expectRows(store.content, pathsOracle(log, drawn, hi));
        }
      },
    ),
    { numRuns: 800 },
  );
});
