/** The laws of RED: its rows are those of the definitions, however the log is cut, and wherever runs stop and resume. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../../src/sinks/sink.ts';
import { MemorySink } from '../support/memory-sink.ts';
import { plainLog } from '../support/plain-span.ts';
import { redOracle, summedOverSlots } from '../support/red-oracle.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

const cuts = fc.array(fc.nat(6), { maxLength: 40 });
/** With dimensions, and without. */
const smallOptions = fc.constantFrom(SMALL, { ...SMALL, dimensions: [] });
const ROOMY = { ...SMALL, servicesPerTenantMax: 100, seriesPerServiceMax: 100, rowsPerTenantMax: 1000 };

describe('rows', () => {
  test('are those of the definitions, at every prefix, however the log is cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(plainLog, cuts, smallOptions, async (log, lengths, options) => {
        const sink = new MemorySink();
        const partition = openPartition(log, options);
        for (const [at, length] of [...lengths, log.length].entries()) {
          partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
          if (at % 3 > 0 && at < lengths.length) continue;
          await sink.writeRows([partition.flush()]);
          expect(sink.redRows('t', 1, 0)).toEqual(redOracle(log, options, partition.hi));
        }
        expect(sink.redRows('t', 1, 0)).toEqual(redOracle(log, options));
      }),
      { numRuns: 300 },
    );
  });

  test('do not depend on where runs stop, what progress they resume from, or which stale writer comes last', async () => {
    const run = fc.record({
      reads: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
      progress: fc.constantFrom('written', 'lost'),
      staleWrites: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        plainLog,
        fc.array(run, { maxLength: 6 }),
        fc.nat(3),
        smallOptions,
        async (log, runs, origin, small) => {
          const options = { ...small, origin: Math.min(origin, log.length) };
          const sink = new MemorySink();
          await sink.writeProgress([{ ...openPartition(log, options).flush(), hi: options.origin }]);
          const stale: Parameters<MemorySink['writeRows']>[0][number][] = [];
          for (const { reads, progress, staleWrites } of runs) {
            const known: Progress | undefined = await sink.readProgress('t', 0);
            const partition = openPartition(log, options, known);
            for (const length of reads) {
              partition.read(batchOf(log, partition.hi, Math.min(log.length, partition.hi + length)));
              const flush = partition.flush();
              stale.push(flush);
              await sink.writeRows([flush]);
              if (progress === 'written') await sink.writeProgress([flush]);
            }
            if (staleWrites) await sink.writeRows(stale.splice(0).reverse());
          }
          const last = openPartition(log, options, await sink.readProgress('t', 0));
          last.read(batchOf(log, last.hi, log.length));
          await sink.writeRows([last.flush()]);
          expect(sink.redRows('t', 1, 0)).toEqual(redOracle(log, options));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('sum to the same totals for every slot length, where nothing overflows', async () => {
    await fc.assert(
      fc.asyncProperty(plainLog, fc.integer({ min: 40, max: 200 }), async (log, slotMessages) => {
        const whole = { ...ROOMY, slotMessages, lookbackSpans: 1000 };
        const sink = new MemorySink();
        const partition = openPartition(log, whole);
        partition.read(batchOf(log, 0, log.length));
        await sink.writeRows([partition.flush()]);
        const naive = summedOverSlots(redOracle(log, { ...whole, slotMessages: 1_000_000 }));
        expect(summedOverSlots(sink.redRows('t', 1, 0))).toEqual(naive);
      }),
      { numRuns: 100 },
    );
  });
});

describe('limits', () => {
  test('conserve every total: spans, calls, durations and each bucket', async () => {
    const totals = (rows: ReturnType<typeof redOracle>): Record<string, bigint> => {
      const sums: Record<string, bigint> = { spans: 0n, calls: 0n, duration: 0n };
      for (const row of rows.values()) {
        sums['spans']! += row.spans;
        sums['calls']! += row.calls;
        sums['duration']! += row.duration;
        for (const [bucket, units] of Object.entries(row.buckets))
          sums[bucket] = (sums[bucket] ?? 0n) + units;
      }
      return sums;
    };
    await fc.assert(
      fc.asyncProperty(plainLog, fc.nat(3), fc.nat(3), fc.nat(4), async (log, services, series, rows) => {
        const tight = {
          ...SMALL,
          servicesPerTenantMax: services,
          seriesPerServiceMax: series,
          rowsPerTenantMax: rows,
        };
        const sink = new MemorySink();
        const partition = openPartition(log, tight);
        partition.read(batchOf(log, 0, log.length));
        await sink.writeRows([partition.flush()]);
        expect(totals(sink.redRows('t', 1, 0))).toEqual(totals(redOracle(log, ROOMY)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('counters', () => {
  test('rise by exactly what lies beyond the newest progress, once', () => {
    fc.assert(
      fc.property(plainLog, fc.nat(40), fc.nat(40), (log, first, second) => {
        const cut = Math.min(first, log.length);
        const count = (taken: ReturnType<ReturnType<typeof openPartition>['flush']>): bigint =>
          taken.rows
            .filter(({ name }) => name === 'span_metrics')
            .flatMap(({ columns }) => [...(columns['calls_units'] as Float64Array)])
            .reduce((sum, units) => sum + BigInt(units), 0n);
        const one = openPartition(log, SMALL);
        one.read(batchOf(log, 0, cut));
        const before = count(one.flush());
        const two = openPartition(log, SMALL, { generation: 1, origin: 0, hi: cut, fingerprint: 'f' });
        const middle = Math.min(log.length, two.hi + second);
        two.read(batchOf(log, two.hi, middle));
        let after = two.hi > cut ? count(two.flush()) : 0n;
        two.read(batchOf(log, two.hi, log.length));
        after += count(two.flush());
        const all = [...redOracle(log, SMALL).values()].reduce((sum, { calls }) => sum + calls, 0n);
        expect(before + after).toBe(all);
      }),
      { numRuns: 300 },
    );
  });
});
