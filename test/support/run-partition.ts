/** Runs a plain log through the real partition, pipeline and fold, without a source: for unit tests and laws. */
import type { Rows } from '../../operators/rows.ts';
import type { Operator } from '../../operators/operator.ts';
import { red } from '../../operators/red.ts';
import { Partition } from '../../src/engine/partition.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import { type ResumePlan, planResume } from '../../src/engine/resume.ts';
import type { Progress } from '../../src/sinks/sink.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { type PlainMessage, bytesOf, plainCodec } from './plain-span.ts';
import type { OracleOptions } from './red-oracle.ts';

export const SMALL: OracleOptions = {
  windowMs: 60_000,
  slotMessages: 4,
  lookbackSpans: 7,
  aheadMsMax: 30_000,
  lateMsMax: 300_000,
  dimensions: ['region', 'http.route'],
  servicesPerTenantMax: 3,
  seriesPerServiceMax: 3,
  rowsPerTenantMax: 6,
};

/** Opens a partition of `log` as the engine would, at the newest progress. Its operator is RED, unless others are given. */
export function openPartition(
  log: readonly PlainMessage[],
  options: OracleOptions,
  progress?: Progress,
  operators?: readonly Operator[],
): Partition {
  const plan = planResume({
    progress,
    range: { first: 0, end: log.length },
    slotMessages: options.slotMessages,
    firstOffset: options.origin ?? 0,
    newGeneration: false,
    newestVersion: 0,
  });
  return openAt(log, options, plan, operators);
}

export function openAt(
  log: readonly PlainMessage[],
  options: OracleOptions,
  plan: ResumePlan,
  operators: readonly Operator[] = [
    red({ dimensions: options.dimensions, limits: options }, Math.random() * 2 ** 32),
  ],
): Partition {
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const { aheadMsMax, lateMsMax, windowMs, slotMessages } = options;
  const job = {
    name: 'red',
    summary: '',
    operators,
    tables: [],
    views: [],
    counters: [],
  };
  const pipeline = openPipeline([job], {
    rules: { windowMs, aheadMsMax, lateMsMax, keys: keys.keys },
    spansMax: options.lookbackSpans,
    slotMessages,
    seed: Math.random() * 2 ** 32,
  });
  return new Partition(
    {
      topic: 't',
      partition: 0,
      plan,
      slotMessages,
      fingerprint: 'f',
      codec: plainCodec(log),
      // A dictionary that is compacted all the time must not show.
      writer: { keys, dictionaryTextsMin: 4, hasLinks: operators.some(({ hasLinks }) => hasLinks) },
      tenantOf: () => 'default',
    },
    pipeline,
  );
}

/** Messages [from, to) of a log, as a source would hand them over. */
export function batchOf(log: readonly PlainMessage[], from: number, to: number): LogBatch {
  const offsets = Float64Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  return {
    topic: 't',
    partition: 0,
    length: offsets.length,
    offsets,
    timestampsMs: offsets.map((offset) => log[offset]!.recordMs),
    values: Array.from(offsets, (offset) => bytesOf(offset)),
    nextOffset: to,
    endOffset: log.length,
  };
}

/** The rows of one set in what a flush took. */
export function rowsNamed(taken: readonly Rows[], name: string): readonly Rows[] {
  return taken.filter((rows) => rows.name === name);
}
