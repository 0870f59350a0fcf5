/** A partition with RED alone, for messages in any encoding. */
import { red } from '../../operators/red.ts';
import { Partition, type PartitionOptions } from '../../src/engine/partition.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ATTRIBUTE_KEYS } from './encoders.ts';
import { SMALL } from './run-partition.ts';

export interface RedPartitionOptions extends Pick<PartitionOptions, 'codec' | 'slotMessages' | 'tenantOf'> {
  readonly isTenantFixed?: boolean;
  /** Of its plan: 0 where nothing is said. */
  readonly ownersFrom?: number;
  readonly countedTo?: number;
}

export function openRedPartition(options: RedPartitionOptions): Partition {
  const { ownersFrom = 0, countedTo = 0, ...rest } = options;
  const keys = new AttributeKeys(ATTRIBUTE_KEYS);
  const { windowMs, aheadMsMax, lateMsMax, lookbackSpans: spansMax } = SMALL;
  const operators = [red({ dimensions: [...ATTRIBUTE_KEYS], limits: SMALL }, 1)];
  const job = { name: 'red', summary: '', operators, tables: [], views: [], counters: [] };
  const rules = { windowMs, aheadMsMax, lateMsMax, keys: keys.keys };
  return new Partition(
    {
      ...rest,
      topic: 't',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom, countedTo, lostMessages: 0 },
      fingerprint: '',
      writer: { keys, dictionaryTextsMin: 4 },
    },
    openPipeline([job], { rules, spansMax, slotMessages: options.slotMessages, seed: 1 }),
  );
}
