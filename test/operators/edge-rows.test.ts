import { expect, test } from 'vitest';
import { DEPENDENCIES_TABLE, edgeRows } from '../../operators/edge-rows.ts';
import type { Call } from '../../operators/call.ts';
import { EdgeSlot } from '../../operators/edge-slot.ts';
import { bucketOf } from '../../operators/histogram.ts';

const CALL: Call = {
  clientUs: 100,
  serverUs: 80,
  networkUs: undefined,
  isClientError: false,
  isServerError: true,
};

function slotWith(first: number, child: string): EdgeSlot {
  const slot = new EdgeSlot(first, 10);
  const labels = { tenant: 't', parent: 'web', child, type: 'direct', sign: '+', windowMs: 60_000 } as const;
  const row = slot.rowOf(labels);
  slot.add(row, CALL);
  slot.addExample(row, 1, Int32Array.of(0, 0, 0, 10));
  return slot;
}

test('rows of all slots, in order, each with its own', () => {
  const slots = [slotWith(0, 'cart'), slotWith(4096, 'cart'), slotWith(8192, 'pay')];
  const rows = edgeRows(slots.flatMap((slot) => slot.take()));
  expect(rows.name).toBe(DEPENDENCIES_TABLE);
  expect(rows.length).toBe(3);
  expect([...rows.slot]).toEqual([0, 4096, 8192]);
  expect(rows.columns['child']).toEqual(['cart', 'cart', 'pay']);
  expect(edgeRows(slots.flatMap((slot) => slot.take())).length).toBe(0);
});

test('every column is as long as the rows, in the shape its type asks for', () => {
  const rows = edgeRows(slotWith(0, 'cart').take());
  const row = Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [name, column[0]]));
  expect(Object.values(rows.columns).every(({ length }) => length === 1)).toBe(true);
  expect(row).toEqual({
    tenant: 't',
    window_start: 60_000,
    parent: 'web',
    child: 'cart',
    connection_type: 'direct',
    sign: '+',
    calls: 1,
    errors: 1,
    client_errors: 0,
    server_errors: 1,
    client_us_sum: 100n,
    server_us_sum: 80n,
    network_us_sum: 0n,
    client_bucket_index: [bucketOf(100)],
    client_bucket_calls: [1],
    server_bucket_index: [bucketOf(80)],
    server_bucket_calls: [1],
    network_bucket_index: [],
    network_bucket_calls: [],
    examples: ['a'.padStart(32, '0')],
  });
});
