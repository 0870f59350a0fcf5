/** A copy of a span of another partition owns what its links lead to, and nothing else: no operator may count the span twice. */
import { expect, test } from 'vitest';
import { dependencies } from '../../operators/dependencies.ts';
import type { Operator } from '../../operators/operator.ts';
import { paths } from '../../operators/paths.ts';
import { BASE_MS, type PlainMessage } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';
import { edgeRowAt } from '../support/stored-rows.ts';
import { span } from '../support/trace-text.ts';

const limits = { rowsPerTenantMax: 1000 };
const producer = span('web producer messaging.system=kafka', 1);
const consumer = span('mail consumer t2 ~1t1 messaging.system=kafka', 2);

function rowsOf(operator: Operator, isCopy: boolean) {
  const log: PlainMessage[] = [
    { recordMs: BASE_MS, spans: [producer, { ...consumer, isCopy }] },
    // Told twice, it still counts once.
    { recordMs: BASE_MS, spans: [{ ...consumer, isCopy }] },
  ];
  const partition = openPartition(log, { ...SMALL, lookbackSpans: 20 }, undefined, [operator]);
  partition.read(batchOf(log, 0, log.length));
  return partition.flush().rows;
}

test('dependencies: the edge of the link, and no broker', () => {
  const options = {
    hasSelfEdges: false,
    hasBrokers: true,
    hasUnknownCallers: true,
    profile: 'weir',
    limits,
  } as const;
  const edges = (isCopy: boolean): string[] =>
    rowsOf(dependencies(options), isCopy)
      .filter(({ name }) => name === 'dependencies_v1')
      .flatMap((rows) => Array.from({ length: rows.length }, (_, at) => edgeRowAt(rows, at)))
      .map(([key, { calls }]) => {
        const { parent, child } = JSON.parse(key.slice(2)) as { parent: string; child: string };
        return `${key[0]} ${parent} > ${child} ${calls}`;
      })
      .sort();
  expect(edges(false)).toEqual(['+ kafka > mail 1', '+ web > kafka 1', '+ web > mail 1']);
  expect(edges(true)).toEqual(['+ web > kafka 1', '+ web > mail 1']);
});

test('paths: none', () => {
  const operator = paths({ limits: { ...limits, entriesMax: 32, depthMax: 64, completedMax: 100 } });
  const spans = (isCopy: boolean): number[] =>
    rowsOf(operator, isCopy).flatMap(({ columns }) => [...(columns['spans'] as number[])]);
  expect(spans(false)).toEqual([1, 1]);
  expect(spans(true)).toEqual([1]);
});
