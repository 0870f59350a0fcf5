/**
 * The configuration, whole: one schema from which validation, defaults, environment names and the reference table come. A
 * valid configuration satisfies `Config` and the rules between sections stated here.
 */
import { z } from 'zod';
import { dependencies, paths, quality, red } from './job-sections.ts';
import { clickhouse, demo, http, isLoopback, kafka, otlpHttp, report, stubTopicOf } from './sections.ts';

const name = z.string().min(1);
const positive = z.int().min(1);

const prometheus = z.strictObject({
  naming: z
    .enum(['normalized', 'raw', 'both'])
    .default('normalized')
    .describe(
      'Spelling of the metrics: `normalized` (`traces_span_metrics_calls_total`, for a Jaeger with both `normalize_*` options on), `raw` (`traces_span_metrics_calls`, what a Jaeger without them asks for), or `both` at twice the series.',
    ),
  expiryMs: positive
    .default(3_600_000)
    .describe('A series that got no span for so long is no longer exposed.'),
  seriesPerTenantMax: positive
    .default(50_000)
    .describe('Series a tenant may have; what further ones count is exposed under `__other__`.'),
});

const tenants = z.strictObject({
  names: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 letters, digits, dots, dashes or underscores'),
    )
    .min(1)
    .default(['default'])
    .describe(
      'Tenants that exist. A span that names none of them counts as `default`. With more than one, HTTP requests must carry an `x-tenant` header.',
    ),
  attribute: name
    .optional()
    .describe('Resource attribute that names the tenant where topic and header do not.'),
});

const engine = z.strictObject({
  windowMs: z
    .int()
    .min(1000)
    .multipleOf(1000, 'expected whole seconds: a multiple of 1000')
    .default(60_000)
    .describe('Length of a window, in whole seconds.'),
  lookbackSpans: positive
    .default(500_000)
    .describe('Spans of a partition in which repeats and relatives of a span are looked for.'),
  slotMessages: positive
    .nullable()
    .default(null)
    .describe(
      'Offsets in a slot. null: 262144 for `jaeger_*` encodings, 4096 for batch encodings and `auto`.',
    ),
  flushMs: positive.default(5000).describe('Time between two flushes of changed rows.'),
  aheadMsMax: positive
    .default(600_000)
    .describe(
      "A span ending later than this after its record's timestamp is skewed: counted in the record's window.",
    ),
  lateMsMax: positive
    .default(86_400_000)
    .describe(
      "A span ending earlier than this before its record's timestamp is late: counted in the record's window.",
    ),
  rowsHeldMax: positive
    .default(500_000)
    .describe('Rows held for the next flush; beyond them a flush comes at once and reading waits.'),
  weightFromSamplerParam: z
    .boolean()
    .default(false)
    .describe(
      "Weigh root spans by Jaeger's `sampler.param` tag. Weights from tracestate `ot=th:` are always used.",
    ),
});

const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe messages to log.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('`auto`: pretty on a terminal, else one JSON object a line.'),
});

export const SCHEMA = z
  .strictObject({
    kafka: kafka.prefault({}),
    otlpHttp: otlpHttp.prefault({}),
    demo: demo.prefault({}),
    clickhouse: clickhouse.prefault({}),
    http: http.prefault({}),
    prometheus: prometheus.prefault({}),
    tenants: tenants.prefault({}),
    jobs: z
      .array(name)
      .min(1)
      .default(['red', 'dependencies', 'quality'])
      .describe(
        'Jobs to run: names of files in `jobs/`. `paths` is there too, and costs several times what the others do.',
      ),
    red: red.prefault({}),
    dependencies: dependencies.prefault({}),
    paths: paths.prefault({}),
    quality: quality.prefault({}),
    engine: engine.prefault({}),
    report: report.prefault({}),
    log: log.prefault({}),
  })
  .superRefine((config, context) => {
    for (const { path, message } of contradictions(config))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

type Sections = z.output<typeof SCHEMA>;
export type Config = Readonly<Sections>;

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Rules between keys. */
function contradictions(config: Sections): readonly Contradiction[] {
  return [
    ...kafkaContradictions(config),
    ...listenerContradictions(config),
    ...bufferContradictions(config),
    ...dependenciesContradictions(config),
  ];
}

function dependenciesContradictions({
  clickhouse: store,
  dependencies: { jaeger },
  tenants: { names },
}: Sections): Contradiction[] {
  const path = ['dependencies', 'jaeger'];
  if (jaeger.database === undefined) return [];
  if (jaeger.database === store.database)
    return [{ path: [...path, 'database'], message: 'the same as clickhouse.database; name that of Jaeger' }];
  // What names no listed tenant counts as `default`.
  if (!names.includes(jaeger.tenant) && jaeger.tenant !== 'default')
    return [{ path: [...path, 'tenant'], message: `add "${jaeger.tenant}" to tenants.names` }];
  return [];
}

function kafkaContradictions({
  kafka: { topics, tls, sasl, insecure },
  tenants: { names },
}: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  for (const [index, topic] of topics.entries()) {
    if (topics.findIndex((other) => other.name === topic.name) !== index)
      found.push({
        path: ['kafka', 'topics', index, 'name'],
        message: `topic "${topic.name}" is listed twice; keep one`,
      });
    if (topic.tenant !== undefined && !names.includes(topic.tenant))
      found.push({
        path: ['kafka', 'topics', index, 'tenant'],
        message: `add "${topic.tenant}" to tenants.names`,
      });
    if ((topic.partitions === undefined) !== (topics[0]?.partitions === undefined))
      found.push({
        path: ['kafka', 'topics', index],
        message: 'give `partitions` for every topic or for none',
      });
    if (topic.rekey && topic.partitions !== undefined && topic.stubPartitions !== undefined)
      found.push({
        path: ['kafka', 'topics', index, 'stubPartitions'],
        message:
          'leave it out: with `partitions` given, stubs are read from the partitions of the same numbers',
      });
    const stubTopic = stubTopicOf(topic);
    const isTaken = topics.some(
      (other, at) => other.name === stubTopic || (at < index && stubTopicOf(other) === stubTopic),
    );
    if (stubTopic !== undefined && isTaken)
      found.push({
        path: ['kafka', 'topics', index, 'stubTopic'],
        message: `topic "${stubTopic}" is used already; each re-keyed topic needs one of its own`,
      });
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    found.push({ path: ['kafka', 'tls'], message: 'give certFile and keyFile together' });
  if (sasl !== undefined && sasl.password === undefined)
    found.push({ path: ['kafka', 'sasl'], message: 'give password or passwordFile' });
  if (sasl?.mechanism === 'plain' && !tls.enabled && !insecure)
    found.push({
      path: ['kafka', 'sasl', 'mechanism'],
      message:
        'plain sends the password in the clear; set kafka.tls.enabled: true, or kafka.insecure: true to accept that',
    });
  return found;
}

function listenerContradictions({ http: api, otlpHttp: receiver }: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  if (!isLoopback(api.host) && api.token === undefined && !api.allowUnauthenticated)
    found.push({
      path: ['http', 'host'],
      message: 'not a loopback address; set http.token or http.tokenFile, or http.allowUnauthenticated: true',
    });
  if (receiver.enabled && !isLoopback(receiver.host) && !receiver.allowUnauthenticated)
    found.push({
      path: ['otlpHttp', 'host'],
      message: 'not a loopback address; set otlpHttp.allowUnauthenticated: true, or otlpHttp.enabled: false',
    });
  return found;
}

/** A request that would never fit would be sent again for ever. */
function bufferContradictions({ otlpHttp: receiver, tenants: { names } }: Sections): Contradiction[] {
  const { requestBytesMax, bufferBytesMax, tenantShare } = receiver;
  const share = names.length > 1 ? tenantShare : 1;
  // A compressed request is held as sent and as it is inflated.
  if (!receiver.enabled || 2 * requestBytesMax <= share * bufferBytesMax) return [];
  const part = names.length > 1 ? 'the tenantShare of bufferBytesMax' : 'bufferBytesMax';
  return [{ path: ['otlpHttp', 'requestBytesMax'], message: `must fit twice into ${part}` }];
}
