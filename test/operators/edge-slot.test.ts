import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call } from '../../operators/call.ts';
import type { EdgeLabels } from '../../operators/edge-labels.ts';
import { EdgeSlot } from '../../operators/edge-slot.ts';
import { TALLY_CLIENT_BUCKETS } from '../../operators/tally.ts';
import { bucketOf } from '../../operators/histogram.ts';

const labels: EdgeLabels = {
  tenant: 't',
  parent: 'web',
  child: 'cart',
  type: 'direct',
  sign: '+',
  windowMs: 60_000,
};

function call(change: Partial<Call> = {}): Call {
  return {
    clientUs: undefined,
    serverUs: undefined,
    networkUs: undefined,
    isClientError: false,
    isServerError: false,
    ...change,
  };
}

test('calls add up: both sides, either error once', () => {
  const slot = new EdgeSlot(0, 10);
  const row = slot.rowOf(labels);
  slot.add(row, call({ clientUs: 100, serverUs: 80, networkUs: 10, isClientError: true }));
  slot.add(row, call({ clientUs: 100, isClientError: true, isServerError: true }));
  slot.add(row, call({ serverUs: 0, isServerError: true }));
  slot.add(row, call());
  expect(slot.take()).toMatchObject([
    {
      slot: 0,
      labels,
      calls: 4,
      errors: 3,
      clientErrors: 2,
      serverErrors: 2,
      clientUs: 200n,
      serverUs: 80n,
      networkUs: 10n,
      client: { buckets: [bucketOf(100)], units: [2] },
      server: { buckets: [bucketOf(0), bucketOf(80)], units: [1, 1] },
      network: { buckets: [bucketOf(10)], units: [1] },
      examples: [],
    },
  ]);
});

test('a row is taken once for each time it changes, and is absolute', () => {
  const slot = new EdgeSlot(0, 10);
  const row = slot.rowOf(labels);
  slot.add(row, call());
  expect(slot.take().map(({ calls }) => calls)).toEqual([1]);
  expect(slot.take()).toEqual([]);
  slot.add(row, call());
  slot.add(row, call());
  expect(slot.take().map(({ calls }) => calls)).toEqual([3]);
});

test('sums hold more than a double does', () => {
  const slot = new EdgeSlot(0, 10);
  const row = slot.rowOf(labels);
  const longest = 2 ** 53 - 1;
  for (let calls = 0; calls < 5; calls++) slot.add(row, call({ clientUs: longest }));
  expect(slot.take()[0]!.clientUs).toBe(BigInt(longest) * 5n);
});

test('labels are kept apart whatever their names hold', () => {
  const slot = new EdgeSlot(0, 100);
  const odd = fc.record({
    tenant: fc.constantFrom('a', 'ab', '1 2'),
    parent: fc.constantFrom('', 'b', 'bc', ' 1', '+'),
    child: fc.constantFrom('', 'c', 'bc', '2 ', 'direct'),
  });
  fc.assert(
    fc.property(odd, odd, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      const rows = new EdgeSlot(0, 100);
      expect(rows.rowOf({ ...labels, ...one }) === rows.rowOf({ ...labels, ...other })).toBe(isSame);
    }),
  );
  const first = slot.rowOf(labels);
  for (const change of [{ type: 'messaging' }, { sign: '-' }, { windowMs: 0 }] as const)
    expect(slot.rowOf({ ...labels, ...change })).not.toBe(first);
  expect(slot.rowOf({ ...labels })).toBe(first);
});

test('a tenant has its rows, then the overflow edge of each window and type; other tenants have theirs', () => {
  const slot = new EdgeSlot(0, 1);
  const named = (change: Partial<EdgeLabels>): string => {
    const { tenant, parent, child, type } = slot.labels[slot.rowOf({ ...labels, ...change })]!;
    return `${tenant} ${parent} ${child} ${type}`;
  };
  expect(named({})).toBe('t web cart direct');
  expect(named({ child: 'pay' })).toBe('t __other__ __other__ direct');
  expect(named({ child: 'pay', type: 'messaging' })).toBe('t __other__ __other__ messaging');
  expect(named({ tenant: 'u', child: 'pay' })).toBe('u web pay direct');
  // What is known stays where it is.
  expect(named({})).toBe('t web cart direct');
});

test('what takes back needs no room of its own', () => {
  const slot = new EdgeSlot(0, 1);
  const row = slot.rowOf(labels);
  const opposite = slot.oppositeOf(row);
  expect(slot.labels[opposite]).toEqual({ ...labels, sign: '-' });
  expect(slot.oppositeOf(row)).toBe(opposite);
  const overflow = slot.rowOf({ ...labels, child: 'pay' });
  expect(slot.labels[slot.oppositeOf(overflow)]).toMatchObject({ parent: '__other__', sign: '-' });
});

test('a row rises by what came since it was last taken, or since that was forgotten', () => {
  const slot = new EdgeSlot(0, 10);
  const row = slot.rowOf(labels);
  const risen = (): readonly bigint[] => slot.take()[0]!.rise.slice(0, TALLY_CLIENT_BUCKETS + 2);
  slot.add(row, call({ clientUs: 3000, isClientError: true }));
  slot.add(row, call({ clientUs: 1000, serverUs: 500 }));
  expect(risen()).toEqual([2n, 1n, 4000n, 500n, 1n, 1n]);
  slot.add(row, call({ clientUs: 10 }));
  slot.forgetIncrements();
  slot.add(row, call({ clientUs: 20 }));
  expect(risen()).toEqual([1n, 0n, 20n, 0n, 1n, 0n]);
  slot.add(row, call({ clientUs: 30 }));
  expect(risen()).toEqual([1n, 0n, 30n, 0n, 1n, 0n]);
});

test('examples are up to three distinct traces, whatever the order and however often each calls', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), fc.nat(), (traces, cut) => {
      const examplesOf = (order: readonly number[]): readonly string[] => {
        const slot = new EdgeSlot(0, 10);
        const row = slot.rowOf(labels);
        for (const trace of order)
          if (slot.admitsExample(row, trace)) slot.addExample(row, trace, Int32Array.of(0, 0, 0, trace));
        slot.add(row, call());
        return slot.take()[0]!.examples;
      };
      const at = cut % traces.length;
      const examples = examplesOf(traces);
      expect(examplesOf([...traces.slice(at), ...traces.slice(0, at)])).toEqual(examples);
      expect(new Set(examples).size).toBe(Math.min(3, new Set(traces).size));
      expect(examples).toHaveLength(new Set(examples).size);
    }),
  );
});
