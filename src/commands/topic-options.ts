/** How a topic is read, and the fingerprint of that. */
import { type Encoding, loadCodec } from '../codecs/codec.ts';
import type { Config } from '../config/schema.ts';
import type { TopicOptions } from '../engine/options.ts';
import type { StubTarget } from '../stubs/stub-format.ts';
import { DEFAULT_TENANT, fingerprintFrom, slotMessagesOf, tenantFrom } from './assemble.ts';

export interface TopicWishes {
  readonly tenant?: string | undefined;
  /** Name of the header that names the tenant of a message, where the topic has no tenant of its own. */
  readonly tenantHeader?: string | undefined;
  readonly slotMessages?: number | undefined;
  readonly start?: TopicOptions['start'];
  readonly rekeyedTo?: StubTarget | undefined;
}

export async function topicOptions(
  config: Config,
  encoding: Encoding,
  {
    tenant,
    tenantHeader,
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
    fingerprint: fingerprintFrom(config, {
      encoding,
      slotMessages,
      tenant: tenant ?? null,
      tenantHeader: tenant === undefined && canNameTenants(config) ? tenantHeader : undefined,
      rekeyedTo,
    }),
    ...(rekeyedTo === undefined ? {} : { rekeyedTo }),
  };
}

/** Where `default` is the only tenant, every name stands for it. */
function canNameTenants({ tenants: { names } }: Config): boolean {
  return names.some((name) => name !== DEFAULT_TENANT);
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
