/** The laws of trace quality: its rows are those of the definitions at every prefix, however the log is cut and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operator } from '../../operators/operator.ts';
import { CLIENTS_TABLE, QUALITY_COUNTER_ROWS } from '../../operators/quality-rows.ts';
import { type QualityOptions, quality } from '../../operators/quality.ts';
import type { Rows } from '../../operators/rows.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { nestedLog } from '../support/nested-log.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import {
  DURATION_US_MAX,
  ORACLE_CHECKS,
  type QualityCounters,
  TOLERANCE_US,
  qualityOracle,
} from '../support/quality-oracle.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { VersionStore, runs, writeInRuns } from '../support/resumed-runs.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

const checks = await loadChecks();
const GENEROUS = { servicesPerTenantMax: 1000, operationsPerServiceMax: 1000, rowsPerTenantMax: 10_000 };

const options: fc.Arbitrary<OracleOptions> = fc
  .record({
    lookbackSpans: fc.constantFrom(1, 5, 7, 100, 100),
    slotMessages: fc.constantFrom(2, 4, 1000, 1000),
    origin: fc.constantFrom(0, 0, 3),
  })
  .map((drawn) => ({ ...SMALL, ...drawn }));

/** Nested traces, some spans of which name a peer, and a resource. */
const log: fc.Arbitrary<readonly PlainMessage[]> = fc
  .tuple(nestedLog, fc.infiniteStream(fc.constantFrom('', 'cart', 'pay', 'bank', undefined)))
  .map(([messages, peers]) =>
    messages.map(({ spans, ...message }) => ({
      ...message,
      spans: (spans ?? []).map((span) => {
        const peer = peers.next().value as string | undefined;
        const version = String(span.spanId % 3);
        const resource = { 'telemetry.sdk.language': 'go', 'telemetry.sdk.version': version };
        return { ...span, resource, attributes: peer === undefined ? {} : { 'peer.service': peer } };
      }),
    })),
  );

function operator(limits: QualityOptions['limits'] = GENEROUS): Operator {
  const rules = { clockToleranceUs: TOLERANCE_US, durationUsMax: DURATION_US_MAX, minimumVersions: {} };
  return quality(checks, { ...rules, limits }, Math.random() * 2 ** 32);
}

interface StoredRow {
  readonly counters: QualityCounters;
  readonly passes: readonly string[];
  readonly failures: readonly string[];
}

const COUNTERS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'];

function rowAt({ name, columns, slot }: Rows, at: number): [string, StoredRow] {
  const number = (column: string): number => columns[column]![at] as number;
  const texts = (column: string): readonly string[] => columns[column]![at] as readonly string[];
  if (name === CLIENTS_TABLE) {
    const key = ['service', 'language', 'sdk', 'client_version', 'window_start'].map(
      (column) => columns[column]![at],
    );
    const row = { counters: [number('spans')], passes: texts('examples'), failures: [] };
    return [JSON.stringify([...key, slot[at]]), row];
  }
  const [service, operation, check] = ['service', 'operation', 'check'].map((column) => columns[column]![at]);
  const window = number('window_start');
  return [
    JSON.stringify({ service, operation, check, window, slot: slot[at] }),
    {
      counters: COUNTERS.map(number),
      passes: texts('pass_examples'),
      failures: texts('fail_examples'),
    },
  ];
}

/** Keeps what tables would: counters are no table. */
class TableStore extends VersionStore<StoredRow> {
  constructor() {
    super(rowAt);
  }

  override write(hi: number, rows: readonly Rows[]): void {
    super.write(
      hi,
      rows.filter(({ name }) => name !== QUALITY_COUNTER_ROWS),
    );
  }
}

/** The rows of the checks that the oracle knows. */
function known(rows: Map<string, StoredRow>): Map<string, QualityCounters> {
  const isKnown = (key: string): boolean =>
    key.startsWith('{') && ORACLE_CHECKS.includes((JSON.parse(key) as { check: string }).check);
  return new Map([...rows].filter(([key]) => isKnown(key)).map(([key, { counters }]) => [key, counters]));
}

test('rows are those of the definitions at every prefix, however the log is cut into batches', () => {
  fc.assert(
    fc.property(log, options, fc.array(fc.nat(9), { maxLength: 3 }), (messages, drawn, lengths) => {
      const store = new TableStore();
      const partition = openPartition(messages, drawn, undefined, [operator()]);
      let before = new Map<string, StoredRow>();
      for (const length of [...lengths, messages.length]) {
        partition.read(batchOf(messages, partition.hi, Math.min(messages.length, partition.hi + length)));
        const { hi, rows } = partition.flush();
        store.write(hi, rows);
        expect(known(store.content)).toEqual(qualityOracle(messages, drawn, hi));
        for (const [key, { counters }] of before)
          for (const [at, count] of counters.entries())
            expect(store.content.get(key)!.counters[at]).toBeGreaterThanOrEqual(count);
        before = store.content;
      }
      for (const [key, { counters, failures }] of before) {
        const [judged, passed, exempt, judgedMoved, passedMoved, exemptMoved] = counters as [
          number,
          ...number[],
        ];
        if (judgedMoved === undefined) continue;
        const failed = judged - judgedMoved - passed! + passedMoved! - exempt! + exemptMoved!;
        expect(failed).toBeGreaterThanOrEqual(0);
        // Where spans fail some are shown, and only there. Spans that have the same ids are one example.
        expect([key, failures.length > 0]).toEqual([key, failed > 0]);
        expect(failures.length).toBeLessThanOrEqual(Math.min(failed, 3));
      }
    }),
    { numRuns: 60 },
  );
});

test('rows do not depend on where runs stop, what progress they resume from, or which stale writer comes last', () => {
  fc.assert(
    fc.property(log, options, runs, (messages, given, drawnRuns) => {
      const store = new TableStore();
      const whole = new TableStore();
      const drawn = { ...given, origin: Math.min(given.origin ?? 0, messages.length) };
      writeInRuns(store, messages, drawn, operator(), drawnRuns);
      expect(known(store.content)).toEqual(qualityOracle(messages, drawn));
      const first = openPartition(messages, drawn, undefined, [operator()]);
      first.read(batchOf(messages, first.hi, messages.length));
      whole.write(messages.length, first.flush().rows);
      // Examples, and the checks the oracle does not know, too are those of one run from the start.
      expect(store.content).toEqual(whole.content);
    }),
    { numRuns: 150 },
  );
});

/** What is left of each row's counters once what was taken back is taken away; rows of which nothing is left, left out. */
function net(messages: readonly PlainMessage[], limits = GENEROUS): Map<string, readonly number[]> {
  const drawn = { ...SMALL, lookbackSpans: 100, slotMessages: 1000 };
  const partition = openPartition(messages, drawn, undefined, [operator(limits)]);
  const store = new TableStore();
  partition.read(batchOf(messages, 0, messages.length));
  store.write(messages.length, partition.flush().rows);
  const left = [...store.content].map(([key, { counters }]): [string, readonly number[]] => [
    key,
    counters.length === 1 ? counters : [0, 1, 2].map((at) => counters[at]! - counters[at + 3]!),
  ]);
  return new Map(left.filter(([, [judged]]) => judged! > 0));
}

test('the order in which spans arrive does not matter, where each id is one span’s', () => {
  const unique = log.map((messages) => {
    const seen = new Set<string>();
    const isNew = (id: string): boolean => seen.size < seen.add(id).size;
    return messages.map(({ recordMs, spans }) => ({
      recordMs,
      spans: spans!.filter(({ traceId, spanId }) => spanId !== 0 && isNew(`${traceId} ${spanId}`)),
    }));
  });
  const shuffled = unique.chain((messages) =>
    fc.tuple(fc.constant(messages), fc.shuffledSubarray(messages, { minLength: messages.length })),
  );
  fc.assert(
    fc.property(shuffled, ([messages, order]) => {
      expect(net(order)).toEqual(net(messages));
    }),
    { numRuns: 200 },
  );
});

test('limits move verdicts to overflow rows, and lose none', () => {
  const limits = fc.record({
    servicesPerTenantMax: fc.constantFrom(1, 2, 1000),
    operationsPerServiceMax: fc.constantFrom(1, 1000),
    rowsPerTenantMax: fc.constantFrom(1, 3, 1000),
  });
  fc.assert(
    fc.property(log, limits, (messages, drawn) => {
      const sums = (rows: Map<string, readonly number[]>): Map<string, number[]> => {
        const byCheck = new Map<string, number[]>();
        for (const [key, counters] of rows) {
          const check = key.startsWith('{') ? (JSON.parse(key) as { check: string }).check : 'clients';
          byCheck.set(
            check,
            counters.map((count, at) => count + (byCheck.get(check)?.[at] ?? 0)),
          );
        }
        return byCheck;
      };
      const limited = net(messages, drawn);
      expect(sums(limited)).toEqual(sums(net(messages)));
      const names = [...limited.keys()].filter((key) => key.startsWith('{') && !key.includes('__other__'));
      const rows = new Set(names.map((key) => JSON.stringify({ ...(JSON.parse(key) as object), check: '' })));
      expect(rows.size).toBeLessThanOrEqual(drawn.rowsPerTenantMax);
    }),
    { numRuns: 200 },
  );
});
