/** The laws of the profiles: their rows do not depend on how the log is cut into batches, where runs stop, or which stale writer comes last. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DependenciesOptions, dependencies } from '../../operators/dependencies.ts';
import type { EdgeRow } from '../support/dependencies-oracle.ts';
import { joinedLog } from '../support/joined-spans.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { type Run, VersionStore, runs, writeInRuns } from '../support/resumed-runs.ts';
import { SMALL } from '../support/run-partition.ts';
import { edgeRowAt } from '../support/stored-rows.ts';

type Options = OracleOptions & DependenciesOptions;

const options: fc.Arbitrary<Options> = fc
  .record({
    profile: fc.constantFrom('otel' as const, 'jaeger' as const),
    lookbackSpans: fc.constantFrom(5, 7, 100),
    slotMessages: fc.constantFrom(2, 4, 1000),
  })
  .map((drawn) => ({
    ...SMALL,
    ...drawn,
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    limits: { rowsPerTenantMax: 1000 },
  }));

function contentOf(
  log: readonly PlainMessage[],
  drawn: Options,
  drawnRuns: readonly Run[],
): Map<string, EdgeRow> {
  const store = new VersionStore(edgeRowAt);
  writeInRuns(store, log, drawn, dependencies(drawn), drawnRuns);
  return store.content;
}

test('rows are those of one run over the whole log', () => {
  fc.assert(
    fc.property(joinedLog, options, runs, (log, drawn, drawnRuns) => {
      expect(contentOf(log, drawn, drawnRuns)).toEqual(contentOf(log, drawn, []));
    }),
    { numRuns: 400 },
  );
});

test('nothing is taken back that was not said', () => {
  fc.assert(
    fc.property(joinedLog, options, (log, drawn) => {
      const content = contentOf(log, drawn, []);
      for (const [name, row] of content) {
        if (!name.startsWith('-')) continue;
        const said = content.get(name.replace('-', '+'));
        for (const [column, value] of Object.entries(row))
          expect(said?.[column]).toBeGreaterThanOrEqual(value);
      }
    }),
    { numRuns: 400 },
  );
});
