/** How a topic is read, and the fingerprint of that. */
import { type Encoding, loadCodec } from '../codecs/codec.ts';
import type { Config } from '../config/schema.ts';
import type { TopicOptions } from '../engine/options.ts';
import type { StubTarget } from '../stubs/stub-format.ts';
import { fingerprintFrom, slotMessagesOf, tenantFrom } from './assemble.ts';

export interface TopicWishes {
  readonly tenant?: string | undefined;
  readonly slotMessages?: number | undefined;
  readonly start?: TopicOptions['start'];
  readonly rekeyedTo?: StubTarget | undefined;
}

export async function topicOptions(
  config: Config,
  encoding: Encoding,
  {
    tenant,
    slotMessages = slotMessagesOf(config, encoding),
    start = 'earliest',
    rekeyedTo,
  }: TopicWishes = {},
): Promise<TopicOptions> {
  return {
    codec: await loadCodec(encoding),
    slotMessages,
    tenantOf: tenant === undefined ? tenantFrom(config) : () => tenant,
    isTenantFixed: tenant !== undefined,
    start,
    fingerprint: fingerprintFrom(config, { encoding, slotMessages, tenant: tenant ?? null, rekeyedTo }),
    ...(rekeyedTo === undefined ? {} : { rekeyedTo }),
  };
}

/** How the internal topic of stubs is read: from its first message on, whose tenant is in the stubs. */
export function stubTopicOptions(
  config: Config,
  { topic, partitions }: StubTarget,
  slotMessages = slotMessagesOf(config, 'auto'),
): TopicOptions {
  return {
    codec: 'stubs',
    slotMessages,
    tenantOf: tenantFrom(config),
    start: 'earliest',
    fingerprint: fingerprintFrom(config, { stubs: topic, partitions, slotMessages }),
  };
}
