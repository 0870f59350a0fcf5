/** The sections of the configuration that say how spans are counted, for whom, and how what comes of it is shown. */
import { z } from 'zod';
import { name, positive, tenantName } from './values.ts';

/**
 * An entry of a partition's hash chains has 32 bits: a place, two of its lap, and a tag that tells spans apart. So many spans leave the tag three;
 * four times as many are more than their records' array can hold, and eight times as many leave no tag.
 */
const LOOKBACK_SPANS_MAX = 2 ** 26;
/** A timer takes 24 days at most: what is longer counts as a millisecond. */
const FLUSH_MS_MAX = 86_400_000;

export const prometheus = z.strictObject({
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

export const tenants = z.strictObject({
  names: z
    .array(tenantName)
    .min(1)
    .default(['default'])
    .describe(
      'Tenants that exist. A span that names none of them counts as `default`. With more than one, HTTP requests must carry an `x-tenant` header.',
    ),
  attribute: name
    .optional()
    .describe('Resource attribute that names the tenant where topic and header do not.'),
});

export const engine = z.strictObject({
  windowMs: z
    .int()
    .min(1000)
    .multipleOf(1000, 'expected whole seconds: a multiple of 1000')
    .default(60_000)
    .describe('Length of a window, in whole seconds.'),
  lookbackSpans: positive
    .max(LOOKBACK_SPANS_MAX)
    .default(500_000)
    .describe(
      'Spans of a partition in which repeats and relatives of a span are looked for; 67108864 at most, at about 100 bytes each.',
    ),
  slotMessages: positive
    .nullable()
    .default(null)
    .describe(
      'Offsets in a slot. null: 262144 for `jaeger_*` encodings, 4096 for batch encodings and `auto`.',
    ),
  flushMs: positive.max(FLUSH_MS_MAX).default(5000).describe('Time between two flushes of changed rows.'),
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

const webAddress = z.url({ protocol: /^https?$/, message: 'expected an http:// or https:// address' });

export const report = z.strictObject({
  jaegerUrl: webAddress
    .default('http://localhost:16686')
    .describe('Address of the Jaeger UI in which `weir report` links traces.'),
  documentationUrl: webAddress
    .optional()
    .describe(
      'Page that Trace Quality links for its checks, each by `#` and its name. Absent: the one that Weir serves beside the answers.',
    ),
});

export const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe messages to log.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('`auto`: pretty on a terminal, else one JSON object a line.'),
});

export const jobs = z
  .array(name)
  .min(1)
  .default(['red', 'dependencies', 'quality'])
  .describe(
    'Jobs to run: names of files in `jobs/`. `paths` is there too, and costs several times what the others do.',
  );
