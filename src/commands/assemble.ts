/** From the configuration to the parts of an engine: what `start` and `replay` have in common. */
import type { FoldRules } from '../../operators/operator.ts';
import type { Encoding } from '../codecs/codec.ts';
import type { Config } from '../config/schema.ts';
import { fingerprintOf } from '../engine/fingerprint.ts';
import type { Job } from '../engine/job.ts';
import type { QualityKnowledge } from '../report/query-report.ts';
import type { StoreOptions } from '../sinks/clickhouse-client.ts';
import { startEmbedded } from '../sinks/clickhouse-embedded.ts';
import { keepEmbedded } from '../sinks/clickhouse-embedded-keeper.ts';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import type { WriterOptions } from '../spans/writer-options.ts';

/** Tenant of spans that name none, or one that is not listed. */
export const DEFAULT_TENANT = 'default';

/** A slot of one-span messages, and one of messages that hold a batch of spans each. */
const SLOT_MESSAGES = { single: 262_144, batch: 4096 } as const;

export function slotMessagesOf(config: Config, encoding: Encoding): number {
  return (
    config.engine.slotMessages ??
    (encoding.startsWith('jaeger_') ? SLOT_MESSAGES.single : SLOT_MESSAGES.batch)
  );
}

/** How spans are read and judged: alike in every partition. */
export function foldingOf(
  config: Config,
  jobs: readonly Job[],
): { readonly rules: FoldRules; readonly writer: WriterOptions } {
  const operators = jobs.flatMap((job) => job.operators);
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const { windowMs, aheadMsMax, lateMsMax, weightFromSamplerParam } = config.engine;
  const { attribute, names } = config.tenants;
  return {
    rules: { windowMs, aheadMsMax, lateMsMax, keys: keys.keys },
    writer: {
      keys,
      tenants: [DEFAULT_TENANT, ...names],
      weightFromSamplerParam,
      hasLinks: operators.some(({ hasLinks }) => hasLinks),
      ...(attribute === undefined
        ? {}
        : { tenantAttribute: { key: attribute, tenantOf: tenantFrom(config) } }),
    },
  };
}

/** The tenant a name stands for. */
export function tenantFrom({ tenants: { names } }: Config): (name: string | undefined) => string {
  const known = new Set(names);
  return (name) => (name !== undefined && known.has(name) ? name : DEFAULT_TENANT);
}

/** Hash of everything that changes what a topic's rows mean; `own` is the topic's part. */
export function fingerprintFrom(config: Config, own: Readonly<Record<string, unknown>> = {}): string {
  const { flushMs: _flush, rowsHeldMax: _rows, slotMessages: _slot, ...engine } = config.engine;
  const { jobs, tenants, red, paths, quality } = config;
  const { jaeger: _view, ...dependencies } = config.dependencies;
  return fingerprintOf({ engine, jobs: [...jobs].sort(), tenants, red, dependencies, paths, quality, own });
}

/** What pages and reports know of the checks that run, beside their rows. */
export function qualityKnowledge(
  { quality: { minimumVersions } }: Pick<Config, 'quality'>,
  jobs: readonly Job[],
): QualityKnowledge {
  const versions = new Map(Object.entries(minimumVersions));
  return {
    checks: jobs.flatMap(({ checks = [] }) => checks),
    minVersionOf: (language, sdk) => versions.get(`${language}/${sdk}`),
  };
}

export interface Store {
  readonly options: StoreOptions;
  /** `embedded, ./weir-data` or the server's address, for people. */
  readonly description: string;
  /** What curl needs to ask it SQL, up to the query. */
  readonly curl: string;
  stop(): Promise<void>;
}

/**
 * The configured server, or an embedded one started for this process. `failed` is called when that one ends by itself; where `died` is given, only when
 * it cannot be started again.
 */
export async function openStore(
  { clickhouse }: Config,
  failed: (error: Error) => void,
  died?: (error: Error) => void,
): Promise<Store> {
  const { url, username, password, database, embedded } = clickhouse;
  if (url !== undefined)
    return {
      options: {
        url,
        username,
        database,
        ...(password === undefined ? {} : { password: password.reveal() }),
      },
      description: url,
      // The variable is expanded by the shell of whoever pastes the line: a secret is never printed.
      curl: `curl -s -u "${username}:${password === undefined ? '' : '$WEIR_CLICKHOUSE_PASSWORD'}" '${url}'`,
      stop: async () => {},
    };
  const { path: dataDir, memoryBytesMax } = embedded;
  const options = { dataDir, memoryBytesMax, onExit: failed };
  const server = await (died === undefined
    ? startEmbedded(options)
    : keepEmbedded({ ...options, onDeath: died }));
  return {
    options: { url: server.url, headers: server.headers, database },
    description: `embedded, ${embedded.path}`,
    curl: `curl -s -H @'${server.headerFile}' '${server.url}'`,
    stop: () => server.stop(),
  };
}
