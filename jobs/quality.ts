/** Trace quality: what checks say of every service's spans, and which client libraries made them, for reports, Jaeger's page and SQL. */
import type { Check } from '../operators/quality-check.ts';
import { CLIENTS_TABLE, QUALITY_COUNTER_ROWS, QUALITY_TABLE } from '../operators/quality-rows.ts';
import { type QualityOptions, quality } from '../operators/quality.ts';
import type { Job } from '../src/engine/job.ts';
import { qualityMetrics } from '../src/sinks/quality-metrics.ts';
import type { Table, View } from '../src/sinks/table.ts';

/** The section `quality` of the configuration. */
export interface QualitySection {
  readonly clockToleranceMs: number;
  readonly durationMsMax: number;
  readonly minimumVersions: Readonly<Record<string, string>>;
  readonly limits: QualityOptions['limits'];
}

export interface QualityJobOptions extends QualitySection {
  /** Places hash keys; no result depends on it. */
  readonly seed: number;
  readonly checks: readonly Check[];
}

export default function qualityJob(options: QualityJobOptions): Job {
  const { checks, seed, clockToleranceMs, durationMsMax, ...rest } = options;
  return {
    name: 'quality',
    summary:
      'What is wrong with the spans of every service and operation, and which client libraries made them.',
    operators: [
      quality(
        checks,
        { ...rest, clockToleranceUs: clockToleranceMs * 1000, durationUsMax: durationMsMax * 1000 },
        seed,
      ),
    ],
    tables: [qualityTable, clientsTable],
    views: [qualityView, clientsView],
    counters: [qualityMetrics({ rows: QUALITY_COUNTER_ROWS, checks: checks.map(({ name }) => name) })],
    checks,
  };
}

const COUNTS = ['judged', 'passed', 'exempt'] as const;

const qualityTable: Table = {
  name: QUALITY_TABLE,
  columns: {
    tenant: 'text',
    window_start: 'time',
    service: 'text',
    operation: 'text',
    check: 'text',
    judged: 'u64',
    passed: 'u64',
    exempt: 'u64',
    judged_moved: 'u64',
    passed_moved: 'u64',
    exempt_moved: 'u64',
    pass_examples: 'strings',
    fail_examples: 'strings',
  },
  key: ['tenant', 'window_start', 'service', 'operation', 'check'],
  time: 'window_start',
};

const clientsTable: Table = {
  name: CLIENTS_TABLE,
  columns: {
    tenant: 'text',
    window_start: 'time',
    service: 'text',
    language: 'text',
    sdk: 'text',
    // `version` is the slot's.
    client_version: 'text',
    spans: 'u64',
    examples: 'strings',
  },
  key: ['tenant', 'window_start', 'service', 'language', 'sdk', 'client_version'],
  time: 'window_start',
};

const EXAMPLES_MAX = 3;

/** Stored as `traceid/spanid`. */
function examplesSql(column: string): string {
  const parts = `arrayMap(example -> splitByChar('/', example), arraySlice(arraySort(groupUniqArrayArray(${column})), 1, ${EXAMPLES_MAX}))`;
  return `CAST(arrayMap(ids -> (ids[1], ids[2]), ${parts}) AS Array(Tuple(trace_id String, span_id String))) AS ${column}`;
}

/** Verdicts less those taken back, summed over slots and topics. */
const qualityView: View = {
  name: 'quality',
  select: `SELECT
    tenant,
    window_start,
    service,
    operation,
    check,
    toUInt64(net_judged) AS judged,
    toUInt64(net_passed) AS passed,
    toUInt64(net_judged - net_passed - net_exempt) AS failed,
    toUInt64(net_exempt) AS exempt,
    pass_examples,
    fail_examples
FROM
(
    SELECT
        tenant,
        window_start,
        service,
        operation,
        check,
        ${COUNTS.map((count) => `sum(stored.${count} - stored.${count}_moved) AS net_${count}`).join(',\n        ')},
        ${examplesSql('pass_examples')},
        ${examplesSql('fail_examples')}
    FROM {database}.${QUALITY_TABLE} AS stored FINAL
    GROUP BY tenant, window_start, service, operation, check
    HAVING net_judged > 0
)`,
  orderBy: ['tenant', 'window_start', 'service', 'operation', 'check'],
};

const clientsView: View = {
  name: 'clients',
  select: `SELECT
    tenant,
    window_start,
    service,
    language,
    sdk,
    client_version AS version,
    sum(stored.spans) AS spans,
    ${examplesSql('examples')}
FROM {database}.${CLIENTS_TABLE} AS stored FINAL
GROUP BY tenant, window_start, service, language, sdk, client_version`,
  orderBy: ['tenant', 'window_start', 'service', 'language', 'sdk', 'version'],
};
