/** A partition with every job of the product, fed with bytes: what hostile input meets. */
import { dependencies } from '../../operators/dependencies.ts';
import { OBSERVATION_ROWS } from '../../operators/observations.ts';
import { paths } from '../../operators/paths.ts';
import { RED_TABLE } from '../../operators/red-rows.ts';
import { red } from '../../operators/red.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Codec } from '../../src/codecs/codec.ts';
import { Partition } from '../../src/engine/partition.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { BASE_MS } from './plain-span.ts';

export const LIMITS = {
  servicesPerTenantMax: 50,
  seriesPerServiceMax: 50,
  rowsPerTenantMax: 500,
  entriesMax: 32,
  depthMax: 64,
  completedMax: 65_536,
};
/** Rows of one tenant in one slot: those the limits count, and their overflow buckets in each window and state. */
export const ROWS_MAX = 3 * LIMITS.rowsPerTenantMax;
export const DIMENSIONS = ['region', '__proto__', 'constructor'];

const SLOT_MESSAGES = 2 ** 30;

export function openFullPartition(codec: Codec): Partition {
  const operators = [
    red({ dimensions: DIMENSIONS, limits: LIMITS }, 1),
    dependencies({
      profile: 'weir',
      hasSelfEdges: true,
      hasBrokers: true,
      hasUnknownCallers: true,
      limits: LIMITS,
    }),
    paths({ limits: LIMITS }),
  ];
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const job = { name: 'all', summary: '', operators, tables: [], views: [], counters: [] };
  const rules = { windowMs: 60_000, aheadMsMax: 600_000, lateMsMax: 86_400_000, keys: keys.keys };
  return new Partition(
    {
      topic: 'hostile',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 },
      slotMessages: SLOT_MESSAGES,
      fingerprint: '',
      codec,
      writer: { keys },
      tenantOf: () => 'default',
    },
    openPipeline([job], { rules, spansMax: 100_000, slotMessages: SLOT_MESSAGES, seed: 1 }),
  );
}

/** Reads messages that follow those read so far, all with one record timestamp. */
export function feed(partition: Partition, values: readonly Uint8Array[]): void {
  const first = partition.hi;
  partition.read({
    topic: 'hostile',
    partition: 0,
    length: values.length,
    offsets: Float64Array.from(values, (_, at) => first + at),
    timestampsMs: new Float64Array(values.length).fill(BASE_MS),
    values,
    nextOffset: first + values.length,
    endOffset: first + values.length,
  });
}

/** Spans that RED counted, and spans that repeat one of these, of everything flushed at once. */
export function spansCounted(taken: readonly Rows[]): number {
  let spans = 0;
  for (const { name, length, columns } of taken)
    for (let row = 0; row < length; row++) {
      if (name === RED_TABLE) spans += (columns['calls_units'] as Float64Array)[row]! / WEIGHT_ONE;
      if (name === OBSERVATION_ROWS && (columns['observation'] as readonly string[])[row] === 'duplicate')
        spans += (columns['spans'] as readonly number[])[row]!;
    }
  return spans;
}
