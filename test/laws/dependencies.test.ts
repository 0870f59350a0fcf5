/** The laws of dependencies: its rows are those of the definitions at every prefix, however the log is cut and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DependenciesOptions, dependencies } from '../../operators/dependencies.ts';
import { dependenciesOracle } from '../support/dependencies-oracle.ts';
import { joinedLog } from '../support/joined-spans.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { VersionStore, runs, writeInRuns } from '../support/resumed-runs.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';
import { edgeRowAt } from '../support/stored-rows.ts';

type Options = OracleOptions & DependenciesOptions;

const options: fc.Arbitrary<Options> = fc
  .record({
    hasSelfEdges: fc.boolean(),
    hasUnknownCallers: fc.boolean(),
    lookbackSpans: fc.constantFrom(5, 7, 100),
    slotMessages: fc.constantFrom(2, 4, 1000),
    origin: fc.constantFrom(0, 0, 3),
  })
  .map((drawn) => ({
    ...SMALL,
    ...drawn,
    profile: 'weir',
    hasBrokers: false,
    limits: { rowsPerTenantMax: 1000 },
  }));

test('rows are those of the definitions at every prefix, however the log is cut into batches', () => {
  fc.assert(
    fc.property(joinedLog, options, fc.array(fc.nat(6), { maxLength: 20 }), (log, drawn, lengths) => {
      const store = new VersionStore(edgeRowAt);
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
      const store = new VersionStore(edgeRowAt);
      const drawn = { ...given, origin: Math.min(given.origin ?? 0, log.length) };
      writeInRuns(store, log, drawn, dependencies(drawn), drawnRuns);
      expect(store.content).toEqual(dependenciesOracle(log, drawn));
    }),
    { numRuns: 600 },
  );
});
