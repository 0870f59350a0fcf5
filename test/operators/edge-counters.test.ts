import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EdgeCounters, SERVICE_GRAPH_ROWS } from '../../operators/edge-counters.ts';
import { dependencies } from '../../operators/dependencies.ts';
import type { Call } from '../../operators/call.ts';
import type { EdgeLabels } from '../../operators/edge-labels.ts';
import type { Rows } from '../../operators/rows.ts';
import { edges } from '../support/edge-text.ts';
import { riseOf } from '../support/edge-rise.ts';
import { joinedLog } from '../support/joined-spans.ts';
import { BASE_MS } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition, rowsNamed } from '../support/run-partition.ts';

const DIRECT: EdgeLabels = {
  tenant: 'default',
  parent: 'web',
  child: 'cart',
  type: 'direct',
  sign: '+',
  windowMs: 0,
};
const NAMED: EdgeLabels = { ...DIRECT, child: '10.0.0.8', type: 'external' };

const back = (labels: EdgeLabels): EdgeLabels => ({ ...labels, sign: '-' });

function call(clientUs?: number, serverUs?: number, isServerError = false): Call {
  return { clientUs, serverUs, networkUs: undefined, isClientError: false, isServerError };
}

function told({ columns, length }: Rows): string[] {
  return Array.from({ length }, (_, at) =>
    ['parent', 'child', 'calls', 'errors', 'client_us', 'server_us']
      .map((name) => String(columns[name]![at]))
      .join(' '),
  );
}

describe('counters of an edge', () => {
  test('rise by what was counted since the last time', () => {
    const counters = new EdgeCounters();
    counters.add(DIRECT, riseOf(call(3000, 2000)));
    counters.add({ ...DIRECT, windowMs: 60_000 }, riseOf(call(undefined, 2001, true)));
    const rows = counters.take();
    expect(told(rows)).toEqual(['web cart 2 1 3000 4001']);
    expect(rows.columns['client_buckets']![0]).toEqual([0n, 1n, ...Array<bigint>(15).fill(0n)]);
    expect(rows.columns['server_buckets']![0]).toEqual([1n, 1n, ...Array<bigint>(15).fill(0n)]);
    expect(told(counters.take())).toEqual([]);
  });

  test('never fall: what is taken back is missing from a later rise', () => {
    const counters = new EdgeCounters();
    counters.add(DIRECT, riseOf(call(10)));
    expect(told(counters.take())).toEqual(['web cart 1 0 10 0']);
    counters.add(back(DIRECT), riseOf(call(10)));
    expect(told(counters.take())).toEqual([]);
    counters.add(DIRECT, riseOf(call(10)));
    expect(told(counters.take())).toEqual([]);
    counters.add(DIRECT, riseOf(call(10)));
    expect(told(counters.take())).toEqual(['web cart 1 0 10 0']);
  });

  test('to a named peer wait for its answer', () => {
    const counters = new EdgeCounters();
    counters.add(NAMED, riseOf(call(10)));
    counters.add(NAMED, riseOf(call(20)));
    expect(told(counters.take())).toEqual([]);
    counters.add(back(NAMED), riseOf(call(10)));
    expect(told(counters.take())).toEqual(['web 10.0.0.8 1 0 20 0']);
    counters.add(NAMED, riseOf(call(30)));
    counters.add(back(NAMED), riseOf(call(30)));
    counters.take();
    expect(told(counters.take())).toEqual([]);
  });

  test('forget what an earlier process gave out', () => {
    const counters = new EdgeCounters();
    counters.add(DIRECT, riseOf(call(10)));
    counters.add(NAMED, riseOf(call(10)));
    counters.forget();
    counters.take();
    expect(told(counters.take())).toEqual([]);
  });

  test('are exact beyond 2^53 us', () => {
    const counters = new EdgeCounters();
    for (let at = 0; at < 3; at++) counters.add(DIRECT, riseOf(call(2 ** 53 - 1)));
    expect(counters.take().columns['client_us']![0]).toBe(3n * (2n ** 53n - 1n));
  });
});

test('what is given out, whenever it is asked for, is at least the calls of the view, and these alone where it waits for all: law', () => {
  fc.assert(
    fc.property(joinedLog, fc.array(fc.nat(6), { maxLength: 10 }), (log, lengths) => {
      const view = new Map<string, number>();
      for (const edge of edges(log.flatMap(({ spans }) => spans ?? []))) {
        const [, name, calls] = /^(.* > .* \w+) (\d+)$/.exec(edge)!;
        view.set(name!, Number(calls));
      }
      const late = givenOut(log, []);
      expect(late).toEqual(view);
      for (const [name, calls] of givenOut(log, lengths))
        expect(calls).toBeGreaterThanOrEqual(view.get(name) ?? 0);
    }),
    { numRuns: 300 },
  );
});

/** Calls per edge, summed over flushes after so many messages each. */
function givenOut(log: Parameters<typeof openPartition>[0], lengths: readonly number[]): Map<string, number> {
  const options = { hasSelfEdges: false, hasBrokers: false, hasUnknownCallers: false } as const;
  const operator = dependencies({ profile: 'weir', ...options, limits: { rowsPerTenantMax: 1000 } });
  const setting = { ...SMALL, slotMessages: 1000, lookbackSpans: 1000 };
  const one = log.map((message) => ({ ...message, recordMs: BASE_MS }));
  const partition = openPartition(one, setting, undefined, [operator]);
  const sums = new Map<string, number>();
  for (const length of [...lengths, log.length, 0]) {
    partition.read(batchOf(one, partition.hi, Math.min(log.length, partition.hi + length)));
    for (const { columns, length: rows } of rowsNamed(partition.flush().rows, SERVICE_GRAPH_ROWS))
      for (let at = 0; at < rows; at++) {
        const [parent, child, type] = ['parent', 'child', 'connection_type'].map((name) =>
          String(columns[name]![at]),
        );
        const name = `${parent} > ${child} ${type}`;
        sums.set(name, (sums.get(name) ?? 0) + Number(columns['calls']![at]));
      }
  }
  return new Map([...sums].filter(([, calls]) => calls > 0));
}
