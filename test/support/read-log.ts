/** How a test of faults has Weir read a growing log, and what Weir's tables must hold once it has. */
import { expect } from 'vitest';
import type { GrowingLog } from './growing-log.ts';
import type { TestKafka } from './kafka.ts';
import { DEFAULT_RULES } from './public-views.ts';
import { expectTables } from './stored-tables.ts';
import type { RunningWeir } from './weir-process.ts';

/** Small slots and neighbourhoods, so that a short log has many. */
export const READ_RULES = {
  red: { ...DEFAULT_RULES, slotMessages: 24, lookbackSpans: 60 },
  dependencies: {
    profile: 'weir',
    hasSelfEdges: true,
    hasBrokers: false,
    hasUnknownCallers: true,
    limits: { rowsPerTenantMax: 50_000 },
  },
  paths: { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 },
} as const;

/** Fewer rows than the slots under way have, so that reading waits for every flush. */
const ROWS_HELD_MAX = 100;

export interface ReadOptions {
  readonly kafka: TestKafka;
  /** Of a ClickHouse server. */
  readonly url: string;
  /** Shares the partitions with the others of a group, named as the topic is. Without, it has all of them and no new process waits for a killed one. */
  readonly isInGroup: boolean;
}

/** Configuration of a Weir that reads this log. */
export function configFor(log: GrowingLog, { kafka, url, isInGroup }: ReadOptions): object {
  const { topic } = log;
  const { slotMessages, lookbackSpans } = READ_RULES.red;
  const partitions = isInGroup ? {} : { partitions: [...log.partitions.keys()] };
  return {
    kafka: {
      brokers: kafka.brokers,
      topics: [{ name: topic, encoding: 'auto', slotMessages, ...partitions }],
      deadLetterTopic: `${topic}-letters`,
      groupId: topic,
    },
    clickhouse: { url, ttlDays: 0 },
    otlpHttp: { enabled: false },
    jobs: ['red', 'dependencies', 'paths', 'quality'],
    dependencies: { selfEdges: true, unknownCallers: true },
    engine: { flushMs: 50, lookbackSpans, rowsHeldMax: ROWS_HELD_MAX },
  };
}

/** Whether all of the log is durable. */
export async function isRead(weir: Pick<RunningWeir, 'sql'>, log: GrowingLog): Promise<boolean> {
  const [row] = await weir.sql<{ read: number }>(
    `SELECT sum(hi) AS read FROM weir.progress WHERE topic = '${log.topic}'`,
  );
  return row!.read === log.length;
}

/** Every table of the jobs that have an oracle equals it, in one generation from the log's first offset. */
export async function expectExact(
  weir: Pick<RunningWeir, 'sql'>,
  { topic, partitions }: GrowingLog,
): Promise<void> {
  const progress = await weir.sql(
    `SELECT partition, generation, origin, hi FROM weir.progress WHERE topic = '${topic}' ORDER BY ALL`,
  );
  expect(progress).toEqual(
    partitions.map((log, partition) => ({ partition, generation: 1, origin: 0, hi: log.length })),
  );
  for (const [partition, log] of partitions.entries())
    expect(await expectTables(weir, { topic, partition }, log, READ_RULES)).toBeGreaterThan(0);
}
