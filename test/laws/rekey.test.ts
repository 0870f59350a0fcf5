/**
 * The laws of re-keying: whoever emits, dies, comes back or goes on as a ghost, every stub is read once and in its source's order, and the rows made of
 * stubs are those of the definitions over the log of stubs without its repeats.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dependencies } from '../../operators/dependencies.ts';
import { red } from '../../operators/red.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Partition } from '../../src/engine/partition.ts';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { dependenciesOracle } from '../support/dependencies-oracle.ts';
import { joinedLog } from '../support/joined-spans.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import { RekeyedLogs } from '../support/rekeyed-logs.ts';
import { VersionStore } from '../support/resumed-runs.ts';
import { SMALL } from '../support/run-partition.ts';
import { edgeRowAt } from '../support/stored-rows.ts';

const SOURCES = 3;
const TARGETS = 2;
const OPTIONS = {
  hasSelfEdges: true,
  hasUnknownCallers: true,
  profile: 'weir',
  hasBrokers: false,
  limits: { rowsPerTenantMax: 1000 },
} as const;

/** Every occurrence of a span gets a weight of its own: edges do not depend on it, and repeats are told from it. */
const sources = fc.array(joinedLog, { minLength: SOURCES, maxLength: SOURCES }).map((logs) => {
  let occurrence = 0;
  return logs.map((log) =>
    log.map((message): PlainMessage => ({
      ...message,
      spans: message.spans!.map((span) => ({ ...span, weight: WEIGHT_ONE + ++occurrence })),
    })),
  );
});

/** What happens next. Numbers choose among what there is. */
const step = fc.record({
  what: fc.constantFrom('open emitter', 'emit', 'emit', 'emit', 'land late', 'open reader', 'read', 'read'),
  which: fc.nat(100),
  messages: fc.nat(8),
  progressAge: fc.constantFrom(0, 0, 0, 1, 3),
  messageBytes: fc.constantFrom(1, 120, 100_000),
  perRequest: fc.integer({ min: 1, max: 4 }),
  death: fc.option(fc.record({ requests: fc.nat(4), partitions: fc.nat(TARGETS) }), {
    nil: undefined,
    freq: 3,
  }),
  isProgressLost: fc.boolean(),
  areRowsLate: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Schedule {
  readonly logs: RekeyedLogs;
  readonly stores = Array.from({ length: TARGETS }, () => new VersionStore(edgeRowAt));
  readonly #emitters: Partition[] = [];
  readonly #readers: Partition[] = [];
  readonly #late: { readonly partition: number; readonly hi: number; readonly rows: readonly Rows[] }[] = [];

  constructor(logs: readonly (readonly PlainMessage[])[]) {
    this.logs = new RekeyedLogs(logs, {
      rules: { ...SMALL, lookbackSpans: 20 },
      operators: [dependencies(OPTIONS), red({ dimensions: [], limits: SMALL }, 7)],
      stubPartitions: TARGETS,
      stubSlotMessages: 4,
    });
  }

  async take(step: Step): Promise<void> {
    const { what, which, progressAge } = step;
    if (what === 'open emitter')
      this.#emitters.push(await this.logs.open('spans', which % SOURCES, progressAge, step.messageBytes));
    else if (what === 'open reader')
      this.#readers.push(await this.logs.open('stubs', which % TARGETS, progressAge));
    else if (what === 'land late') this.logs.landLate(which);
    else if (what === 'emit') this.#emit(step);
    else this.#read(step);
  }

  /** The last owners read everything. */
  async finish(): Promise<void> {
    const all: Step = { ...fc.sample(step, { numRuns: 1, seed: 1 })[0]!, messages: 1e6, death: undefined };
    const last: Step = { ...all, progressAge: 0, isProgressLost: false, areRowsLate: false };
    for (let which = 0; which < SOURCES; which++) {
      await this.take({ ...last, what: 'open emitter', which });
      this.#emit({ ...last, which: this.#emitters.length - 1 });
    }
    for (let which = 0; which < 3; which++) this.logs.landLate(which * 7);
    for (let which = 0; which < TARGETS; which++) {
      await this.take({ ...last, what: 'open reader', which });
      this.#read({ ...last, which: this.#readers.length - 1 });
    }
    for (const { partition, hi, rows } of this.#late) this.stores[partition]!.write(hi, rows);
  }

  #emit({ which, messages, perRequest, death, isProgressLost }: Step): void {
    const emitter = this.#emitters[which % this.#emitters.length];
    if (emitter === undefined) return;
    this.logs.read(emitter, messages);
    const flush = emitter.flush();
    expect(flush.rows.some(({ name }) => name === 'dependencies_v1')).toBe(false);
    if (!this.logs.send(flush, perRequest, death)) this.#emitters.splice(this.#emitters.indexOf(emitter), 1);
    else if (!isProgressLost) this.logs.saveProgress(flush);
  }

  #read({ which, messages, isProgressLost, areRowsLate }: Step): void {
    const reader = this.#readers[which % this.#readers.length];
    if (reader === undefined) return;
    this.logs.read(reader, messages);
    const flush = reader.flush();
    expect(flush.rows.some(({ name }) => name === 'red_v1')).toBe(false);
    const { partition, hi, rows } = flush;
    this.#late.push({ partition, hi, rows });
    if (areRowsLate) return;
    this.stores[partition]!.write(hi, rows);
    if (!isProgressLost) this.logs.saveProgress(flush);
  }
}

test('every stub counts once, whatever emitters and readers do, and whenever they die', async () => {
  await fc.assert(
    fc.asyncProperty(sources, fc.array(step, { maxLength: 60, size: 'max' }), async (logs, steps) => {
      const schedule = new Schedule(logs);
      for (const one of steps) await schedule.take(one);
      await schedule.finish();
      for (const [target, store] of schedule.stores.entries()) {
        const read = schedule.logs.withoutRepeats(target);
        // All that belongs there is there, each source in its order.
        const own = logs.map((log, source) =>
          log
            .flatMap(({ spans }) => spans!)
            .filter((span) => schedule.logs.stubOf(span, source, target) !== undefined)
            .map(({ weight }) => weight),
        );
        const landed = read.flatMap(({ spans }) => spans!.map(({ weight }) => weight));
        for (const weights of own) {
          const those = new Set(weights);
          expect(landed.filter((weight) => those.has(weight))).toEqual(weights);
        }
        const expected = dependenciesOracle(read, {
          ...SMALL,
          ...OPTIONS,
          lookbackSpans: 20,
          slotMessages: 4,
        });
        expect(store.content).toEqual(expected);
      }
    }),
    { numRuns: 100 },
  );
});
