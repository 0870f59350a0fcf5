/** The laws of dependencies: its rows are those of the definitions at every prefix, however the log is cut and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rows } from '../../operators/rows.ts';
import { type DependenciesOptions, dependencies } from '../../operators/dependencies.ts';
import { type EdgeRow, dependenciesOracle } from '../support/dependencies-oracle.ts';
import { joinedLog } from '../support/joined-spans.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { VersionStore, runs, writeInRuns } from '../support/resumed-runs.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

type Options = OracleOptions & DependenciesOptions;

const options: fc.Arbitrary<Options> = fc
  .record({
    hasSelfEdges: fc.boolean(),
    hasUnknownCallers: fc.boolean(),
    lookbackSpans: fc.constantFrom(5, 7, 100),
    slotMessages: fc.constantFrom(2, 4, 1000),
    origin: fc.constantFrom(0, 0, 3),
  })
  .map((drawn) => ({ ...SMALL, ...drawn, hasBrokers: false, limits: { rowsPerTenantMax: 1000 } }));

function edgeAt({ columns, slot }: Rows, at: number): [string, EdgeRow] {
  const name = JSON.stringify({
    parent: columns['parent']![at],
    child: columns['child']![at],
    type: columns['connection_type']![at],
    window: columns['window_start']![at],
    slot: slot[at],
  });
  const row: EdgeRow = {};
  for (const column of [
    'calls',
    'errors',
    'client_errors',
    'server_errors',
    'client_us_sum',
    'server_us_sum',
    'network_us_sum',
  ]) {
    const value = Number(columns[column]![at]);
    if (value > 0) row[column] = value;
  }
  for (const side of ['client', 'server', 'network']) {
    const buckets = columns[`${side}_bucket_index`]![at] as readonly number[];
    for (const [index, bucket] of buckets.entries())
      row[`${side} ${bucket}`] = (columns[`${side}_bucket_calls`]![at] as readonly number[])[index]!;
  }
  return [`${columns['sign']![at] as string} ${name}`, row];
}

test('rows are those of the definitions at every prefix, however the log is cut into batches', () => {
  fc.assert(
    fc.property(joinedLog, options, fc.array(fc.nat(6), { maxLength: 20 }), (log, drawn, lengths) => {
      const store = new VersionStore(edgeAt);
      const partition = openPartition(log, drawn, undefined, [dependencies(drawn)]);
      for (const length of [...lengths, log.length]) {
        partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
        const { hi, rows } = partition.flush();
        store.write(hi, rows);
        expect(store.content).toEqual(dependenciesOracle(log, drawn, hi));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('rows do not depend on where runs stop, what progress they resume from, or which stale writer comes last', () => {
  fc.assert(
    fc.property(joinedLog, options, runs, (log, given, drawnRuns) => {
      const store = new VersionStore(edgeAt);
      const drawn = { ...given, origin: Math.min(given.origin ?? 0, log.length) };
      writeInRuns(store, log, drawn, dependencies(drawn), drawnRuns);
      expect(store.content).toEqual(dependenciesOracle(log, drawn));
    }),
    { numRuns: 600 },
  );
});
