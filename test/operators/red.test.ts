import { expect, test } from 'vitest';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { BASE_MS, type PlainMessage, type PlainSpan } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

const NS = 1_000_000n;
const roomy = { ...SMALL, slotMessages: 100, lookbackSpans: 100 };

function span(
  change: Partial<PlainSpan> & { readonly startMs?: number; readonly durationUs?: bigint } = {},
): PlainSpan {
  const { startMs = 0, durationUs = 1500n, ...rest } = change;
  const startNs = BigInt(BASE_MS + startMs) * NS;
  return {
    traceId: 1,
    spanId: 1,
    parentId: 0,
    service: 'cart',
    operation: 'GET /',
    kind: 2,
    status: 0,
    weight: WEIGHT_ONE,
    attributes: {},
    startNs,
    endNs: startNs + durationUs * 1000n,
    ...rest,
  };
}

/** Rows of a set as lines of text, in the order they were emitted. */
function rowsOf(
  name: string,
  messages: readonly (readonly PlainSpan[])[],
  columns: readonly string[],
): string[] {
  const log: PlainMessage[] = messages.map((spans) => ({ recordMs: BASE_MS, spans }));
  const partition = openPartition(log, roomy);
  partition.read(batchOf(log, 0, log.length));
  return partition
    .flush()
    .rows.filter((rows) => rows.name === name)
    .flatMap((rows) =>
      Array.from({ length: rows.length }, (_, at) =>
        columns.map((column) => String(rows.columns[column]![at])).join(' '),
      ),
    );
}

test('one row per service, operation, kind, status and window', () => {
  const rows = rowsOf(
    'red_v1',
    [
      [
        span(),
        span({ spanId: 2 }),
        span({ spanId: 3, status: 2 }),
        span({ spanId: 4, kind: 3 }),
        span({ spanId: 5, startMs: -60_000 }),
      ],
    ],
    ['service', 'operation', 'span_kind', 'status', 'spans', 'window_start'],
  );
  expect(rows).toEqual([
    `cart GET / server unset 2 ${BASE_MS}`,
    `cart GET / server error 1 ${BASE_MS}`,
    `cart GET / client unset 1 ${BASE_MS}`,
    `cart GET / server unset 1 ${BASE_MS - 60_000}`,
  ]);
});

test('the window is that of the end', () => {
  const across = span({ startMs: -10, durationUs: 20_000n });
  expect(rowsOf('red_v1', [[across]], ['window_start'])).toEqual([String(BASE_MS)]);
});

test('durations are whole microseconds: sum in units of 2^-20, min, max and histogram', () => {
  const rows = rowsOf(
    'red_v1',
    [[span({ durationUs: 1n }), span({ spanId: 2, durationUs: 1000n, weight: 3 * WEIGHT_ONE })]],
    [
      'calls_units',
      'duration_us_units',
      'duration_us_min',
      'duration_us_max',
      'bucket_index',
      'bucket_units',
    ],
  );
  expect(rows).toEqual([
    `${4 * WEIGHT_ONE} ${3001 * WEIGHT_ONE} 1 1000 -1,318 ${WEIGHT_ONE},${3 * WEIGHT_ONE}`,
  ]);
});

test('dimensions come from the span, named by key in order', () => {
  const rows = rowsOf(
    'red_v1',
    [[span({ attributes: { region: 'eu', 'http.route': '/a', other: 'x' } })]],
    ['dimensions'],
  );
  expect(rows).toEqual(['{"http.route":"/a","region":"eu"}']);
});

test('a repeat is counted as such and nowhere else', () => {
  expect(rowsOf('red_v1', [[span()], [span()]], ['spans'])).toEqual(['1']);
  expect(rowsOf('span_observations', [[span()], [span()]], ['observation', 'spans'])).toEqual([
    'duplicate 1',
  ]);
});

test('a span too far from its record counts in the record’s window, and is noted', () => {
  const ahead = span({ startMs: 40_000_000 });
  const late = span({ spanId: 2, startMs: -40_000_000 });
  expect(rowsOf('red_v1', [[ahead, late]], ['window_start', 'spans'])).toEqual([`${BASE_MS} 2`]);
  expect(rowsOf('span_observations', [[ahead, late]], ['observation', 'spans'])).toEqual([
    'skewed 1',
    'late 1',
  ]);
});

test('counters carry each classic bucket apart', () => {
  const spans = [
    span({ durationUs: 2000n }),
    span({ spanId: 2, durationUs: 2001n }),
    span({ spanId: 3, durationUs: 20_000_000n }),
  ];
  const [buckets] = rowsOf('span_metrics', [spans], ['buckets']);
  expect(buckets).toBe([WEIGHT_ONE, WEIGHT_ONE, ...Array<number>(14).fill(0), WEIGHT_ONE].join());
});

test('a window beyond what a 32-bit time can name is the last that one can', () => {
  const log: PlainMessage[] = [
    { recordMs: Number.NaN, spans: [span({ startMs: 9e12 }), span({ spanId: 2, startMs: 9.1e12 })] },
  ];
  const partition = openPartition(log, roomy);
  partition.read(batchOf(log, 0, 1));
  const [rows] = partition.flush().rows;
  expect(rows?.columns['window_start']).toEqual(Float64Array.of(4_294_967_280_000));
});

test('a record time of -1, Kafka’s none, judges nothing', () => {
  const log: PlainMessage[] = [{ recordMs: -1, spans: [span()] }];
  const partition = openPartition(log, roomy);
  partition.read(batchOf(log, 0, 1));
  expect(partition.flush().rows[0]?.columns['window_start']).toEqual(Float64Array.of(BASE_MS));
});
