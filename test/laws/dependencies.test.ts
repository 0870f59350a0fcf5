/** The laws of dependencies: its rows are those of the definitions at every prefix, however the log is cut and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rows } from '../../operators/rows.ts';
import { type DependenciesOptions, dependencies } from '../../operators/dependencies.ts';
import type { Progress } from '../../src/sinks/sink.ts';
import { type EdgeRow, dependenciesOracle } from '../support/dependencies-oracle.ts';
import { type PlainMessage, plainSpan } from '../support/plain-span.ts';
import { BASE_MS } from '../support/plain-span.ts';
import type { OracleOptions } from '../support/red-oracle.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

type Options = OracleOptions & DependenciesOptions;

const PEER_KEYS = ['peer.service', 'db.system', 'db.name', 'server.address'];

/** Spans of two traces whose ids collide, share and form cycles; some late, skewed, or naming peers. */
const joinedSpan = fc
  .record({
    span: plainSpan,
    traceId: fc.constantFrom(0, 1, 1, 1, 2),
    spanId: fc.nat(5),
    parentId: fc.nat(5),
    kind: fc.constantFrom(0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5),
    service: fc.constantFrom('cart', 'pay', 'ship'),
    attributes: fc.dictionary(fc.constantFrom(...PEER_KEYS), fc.constantFrom('cart', 'pay', 'db', ''), {
      maxKeys: 2,
    }),
  })
  .map(({ span, ...rest }) => ({ ...span, ...rest }));

const joinedLog: fc.Arbitrary<readonly PlainMessage[]> = fc
  .array(
    fc.tuple(fc.array(joinedSpan, { maxLength: 4 }), fc.option(fc.nat(20), { nil: undefined, freq: 6 })),
    {
      maxLength: 20,
    },
  )
  .map((drafts) =>
    drafts.map(([spans, copyOf], at) => ({
      recordMs: BASE_MS + at * 1_500,
      spans: copyOf === undefined || copyOf >= at ? spans : drafts[copyOf]![0],
    })),
  );

const options: fc.Arbitrary<Options> = fc
  .record({
    hasSelfEdges: fc.boolean(),
    hasUnknownCallers: fc.boolean(),
    lookbackSpans: fc.constantFrom(5, 7, 100),
    slotMessages: fc.constantFrom(2, 4, 1000),
    origin: fc.constantFrom(0, 0, 3),
  })
  .map((drawn) => ({ ...SMALL, ...drawn, hasBrokers: false, limits: { rowsPerTenantMax: 1000 } }));

/** Keeps per key the row of the highest version, as the table does. */
class Store {
  readonly rows = new Map<string, { readonly version: number; readonly row: EdgeRow }>();

  write(hi: number, taken: readonly Rows[]): void {
    for (const rows of taken)
      for (let at = 0; at < rows.length; at++) {
        const [name, row] = edgeAt(rows, at);
        if ((this.rows.get(name)?.version ?? -1) <= hi) this.rows.set(name, { version: hi, row });
      }
  }

  content(): Map<string, EdgeRow> {
    return new Map([...this.rows].map(([name, { row }]) => [name, row]));
  }
}

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
      const store = new Store();
      const partition = openPartition(log, drawn, undefined, [dependencies(drawn)]);
      for (const length of [...lengths, log.length]) {
        partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
        const { hi, rows } = partition.flush();
        store.write(hi, rows);
        expect(store.content()).toEqual(dependenciesOracle(log, drawn, hi));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('rows do not depend on where runs stop, what progress they resume from, or which stale writer comes last', () => {
  const run = fc.record({
    reads: fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }),
    isProgressLost: fc.boolean(),
  });
  fc.assert(
    fc.property(joinedLog, options, fc.array(run, { maxLength: 5 }), (log, drawn, runs) => {
      const store = new Store();
      const late: { readonly hi: number; readonly rows: readonly Rows[] }[] = [];
      const origin = Math.min(drawn.origin ?? 0, log.length);
      const operator = [dependencies(drawn)];
      let progress: Progress = { generation: 1, origin, hi: origin, fingerprint: 'f' };
      for (const { reads, isProgressLost } of [...runs, { reads: [log.length], isProgressLost: false }]) {
        const partition = openPartition(log, drawn, progress, operator);
        for (const length of reads) {
          partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
          const { hi, rows } = partition.flush();
          store.write(hi, rows);
          late.push({ hi, rows });
          if (!isProgressLost && hi > progress.hi) progress = { ...progress, hi };
        }
      }
      const last = openPartition(log, drawn, progress, operator);
      last.read(batchOf(log, last.hi, log.length));
      store.write(log.length, last.flush().rows);
      for (const { hi, rows } of late.reverse()) store.write(hi, rows);
      expect(store.content()).toEqual(dependenciesOracle(log, { ...drawn, origin }));
    }),
    { numRuns: 600 },
  );
});
