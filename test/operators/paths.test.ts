/** Paths by example: one trace in, its rows as text out. `web:GET /` is a service and its operation; an indented line is a span's child. */
import { expect, test } from 'vitest';
import { type PathsLimits, paths } from '../../operators/paths.ts';
import { SPAN_KINDS, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { BASE_MS, type PlainSpan } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

const LIMITS: PathsLimits = { rowsPerTenantMax: 1000, entriesMax: 32, depthMax: 64, completedMax: 65_536 };

/** Spans of a trace written as a tree: `server web:GET /`, with ` !` where it failed; two spaces of indent a level. */
function traceOf(text: string): PlainSpan[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  const above: number[] = [0];
  return lines.map((line, at) => {
    const depth = (line.search(/\S/) - indent) / 2;
    const [, kind, service, operation, failed] = /^(\w+) ([^:]+):(.*?)( !)?$/.exec(line.trim())!;
    above[depth + 1] = at + 1;
    return span({
      spanId: at + 1,
      parentId: above[depth]!,
      kind: SPAN_KINDS.findIndex((known) => known === kind),
      service: service!,
      operation: operation!,
      status: failed === undefined ? 0 : 2,
    });
  });
}

function span(change: Partial<PlainSpan>): PlainSpan {
  const startNs = BigInt(BASE_MS) * 1_000_000n;
  return {
    traceId: 1,
    spanId: 1,
    parentId: 0,
    service: 'web',
    operation: 'GET /',
    kind: 2,
    status: 0,
    startNs,
    endNs: startNs + 5n,
    weight: WEIGHT_ONE,
    attributes: {},
    ...change,
  };
}

/** Lines `+ web:GET / > cart:add spans=2 leaves=1 calls=1 errors=0`, sorted. */
function rowsOf(spans: readonly PlainSpan[], limits: Partial<PathsLimits> = {}): string[] {
  const log = spans.map((one) => ({ recordMs: BASE_MS, spans: [one] }));
  const options = { ...SMALL, slotMessages: 1_000_000, lookbackSpans: spans.length + 1 };
  const partition = openPartition(log, options, undefined, [paths({ limits: { ...LIMITS, ...limits } })]);
  partition.read(batchOf(log, 0, log.length));
  return partition
    .flush()
    .rows.flatMap(({ length, columns }) =>
      Array.from({ length }, (_, at) => {
        const services = columns['services']![at] as readonly string[];
        const operations = columns['operations']![at] as readonly string[];
        const number = (name: string): number => columns[name]![at] as number;
        const path = services.map((service, entry) => `${service}:${operations[entry]!}`).join(' > ');
        const leaves = number('spans') - number('parents');
        return `${columns['sign']![at] as string} ${path} spans=${number('spans')} leaves=${leaves} calls=${number('calls')} errors=${number('errors')}`;
      }),
    )
    .sort();
}

const SHOP = `
  server web:GET /
    internal web:render
    client web:POST !
      server cart:add !
        internal cart:price
        client cart:SELECT
    client web:GET
      server web:self
  `;

const SHOP_ROWS = [
  '+ web:GET / > cart:add spans=3 leaves=2 calls=1 errors=1',
  '+ web:GET / > web:self spans=1 leaves=1 calls=1 errors=0',
  '+ web:GET / spans=4 leaves=1 calls=1 errors=0',
];

test('kept are the first span, changes of service and SERVER spans; a leaf is a span without a child', () => {
  expect(rowsOf(traceOf(SHOP))).toEqual(SHOP_ROWS);
});

test('spans may come in any order, and repeats count once', () => {
  const spans = traceOf(SHOP);
  expect(rowsOf(spans.toReversed())).toEqual(SHOP_ROWS);
  expect(rowsOf([...spans.slice(3), ...spans.slice(0, 3), ...spans])).toEqual(SHOP_ROWS);
});

test('without its root a trace has no paths; nor has a cycle, or a span that is its own parent', () => {
  expect(rowsOf(traceOf(SHOP).slice(1))).toEqual([]);
  expect(rowsOf([span({ spanId: 1, parentId: 2 }), span({ spanId: 2, parentId: 1 })])).toEqual([]);
  expect(rowsOf([span({ spanId: 1, parentId: 1 })])).toEqual([]);
});

test('a server that shares its id with its client lies below it', () => {
  const root = span({ spanId: 1 });
  const client = span({ spanId: 2, parentId: 1, kind: 3, operation: 'call' });
  const server = span({ spanId: 2, parentId: 1, service: 'cart', operation: 'add' });
  for (const spans of [
    [root, client, server],
    [server, client, root],
  ])
    expect(rowsOf(spans)).toEqual([
      '+ web:GET / > cart:add spans=1 leaves=1 calls=1 errors=0',
      '+ web:GET / spans=2 leaves=0 calls=1 errors=0',
    ]);
});

test('a better parent moves all below it: what was said is taken back in rows of their own', () => {
  const child = span({ spanId: 3, parentId: 2, service: 'pay', operation: 'charge' });
  const below = span({ spanId: 4, parentId: 3, service: 'pay', operation: 'ask', kind: 1, status: 2 });
  const worse = span({ spanId: 2, parentId: 1, service: 'queue', operation: 'put', kind: 4 });
  const better = span({ spanId: 2, parentId: 1, service: 'topic', operation: 'put' });
  expect(rowsOf([span({}), worse, child, below, better])).toEqual([
    '+ web:GET / > queue:put > pay:charge spans=2 leaves=1 calls=1 errors=0',
    '+ web:GET / > queue:put spans=1 leaves=0 calls=1 errors=0',
    '+ web:GET / > topic:put > pay:charge spans=2 leaves=1 calls=1 errors=0',
    '+ web:GET / > topic:put spans=1 leaves=0 calls=1 errors=0',
    '+ web:GET / spans=1 leaves=0 calls=1 errors=0',
    '- web:GET / > queue:put > pay:charge spans=2 leaves=1 calls=1 errors=0',
  ]);
});

test('beyond the rows or the entries allowed, spans are counted on the overflow path', () => {
  expect(rowsOf(traceOf(SHOP), { rowsPerTenantMax: 2 })).toEqual([
    '+ __other__:__other__ spans=1 leaves=1 calls=1 errors=0',
    ...SHOP_ROWS.filter((row) => !row.includes('self')),
  ]);
  expect(rowsOf(traceOf(SHOP), { entriesMax: 1 })).toEqual([
    '+ __other__:__other__ spans=4 leaves=3 calls=2 errors=1',
    '+ web:GET / spans=4 leaves=1 calls=1 errors=0',
  ]);
});

test('a span too far from its root has no path, whichever way its chain came in', () => {
  const chain = Array.from({ length: 70 }, (_, at) => span({ spanId: at + 1, parentId: at, kind: 1 }));
  const rows = ['+ web:GET / spans=64 leaves=0 calls=1 errors=0'];
  expect(rowsOf(chain)).toEqual(rows);
  expect(rowsOf(chain.toReversed())).toEqual(rows);
});

test('hostile traces cost no more than their share', () => {
  const one = Array.from({ length: 3000 }, () => span({ spanId: 1, parentId: 1 }));
  expect(rowsOf(one)).toEqual([]);
  const rootLast = Array.from({ length: 20_000 }, (_, at) =>
    span({ spanId: at + 2, parentId: 1 + (at >> 3), kind: 1 }),
  );
  expect(rowsOf([...rootLast, span({})])).toEqual(['+ web:GET / spans=20001 leaves=17501 calls=1 errors=0']);
});
