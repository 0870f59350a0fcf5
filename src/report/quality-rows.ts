/**
 * What the report and Jaeger's Trace Quality page ask of the views `quality` and `clients`: counts per check in a period and in the one
 * before it, the operations that fail most, the way the score went, and the client libraries seen.
 */
import type { TenantReader } from '../sinks/store-reader.ts';
import type { Verdicts } from './score.ts';

export interface QualityStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

/** Windows that start in [fromS, toS) count, Unix seconds. The period before it is as long. */
export interface Period {
  readonly fromS: number;
  readonly toS: number;
}

export interface Question {
  readonly tenant: string;
  /** Empty: all. */
  readonly service: string;
  readonly period: Period;
  readonly signal?: AbortSignal | undefined;
}

export interface Example {
  readonly traceId: string;
  readonly spanId: string;
}

/** A check's verdicts on one service. */
export interface ServiceVerdicts {
  readonly service: string;
  readonly check: string;
  readonly now: Verdicts;
  readonly before: Verdicts;
  readonly passExamples: readonly Example[];
  readonly failExamples: readonly Example[];
}

/** A check's verdicts on one operation, of which some are failures. */
export interface FailingOperation extends Verdicts {
  readonly service: string;
  readonly operation: string;
  readonly check: string;
  readonly failExamples: readonly Example[];
}

/** A check's verdicts in the part of the period that starts at `fromS`. */
export interface PartVerdicts extends Verdicts {
  readonly fromS: number;
  readonly check: string;
}

export interface ClientSeen {
  readonly service: string;
  readonly language: string;
  readonly sdk: string;
  readonly version: string;
  readonly spans: number;
  readonly examples: readonly Example[];
}

const HOUR_S = 3600;
/** A period is drawn as at most so many points, none of less than five minutes. */
const PARTS_MAX = 48;
const PART_S_MIN = 300;
/** Operations shown of one check. */
const OPERATIONS_MAX = 20;
/** Versions shown of one service. */
const VERSIONS_MAX = 20;

/** The last hours up to now, the present second included. */
export function lastHours(hours: number, nowMs: number): Period {
  const toS = Math.floor(nowMs / 1000) + 1;
  return { fromS: toS - hours * HOUR_S, toS };
}

const COUNTS = ['judged', 'passed', 'failed', 'exempt'] as const;
type Count = (typeof COUNTS)[number];

const IS_OURS = `q.tenant = {tenant:String} AND ({service:String} = '' OR q.service = {service:String})`;
const START = `q.window_start >= toDateTime({fromS:UInt32}, 'UTC')`;
const END = `q.window_start < toDateTime({toS:UInt32}, 'UTC')`;

function examplesSql(column: 'pass_examples' | 'fail_examples'): string {
  return `argMaxIf(q.${column}, (q.window_start, q.operation), ${START} AND notEmpty(q.${column}))`;
}

/** Ordered by service and check. */
export async function queryVerdicts(
  store: QualityStore,
  question: Question,
): Promise<readonly ServiceVerdicts[]> {
  const { fromS, toS } = question.period;
  const sums = COUNTS.map(
    (count) =>
      `sumIf(q.${count}, ${START}) AS ${count}, sumIf(q.${count}, NOT (${START})) AS ${count}_before`,
  );
  const rows = await ask<VerdictRow>(
    store,
    question,
    `SELECT q.service AS service, q.check AS check, ${sums.join(', ')},
      ${examplesSql('pass_examples')} AS pass_examples, ${examplesSql('fail_examples')} AS fail_examples
    FROM {database:Identifier}.quality AS q
    WHERE ${IS_OURS} AND q.window_start >= toDateTime({beforeS:UInt32}, 'UTC') AND ${END}
    GROUP BY q.service, q.check
    ORDER BY service, check`,
    { beforeS: Math.max(0, fromS - (toS - fromS)) },
  );
  return rows.map((row) => ({
    service: row.service,
    check: row.check,
    now: verdictsOf((count) => row[count]),
    before: verdictsOf((count) => row[`${count}_before`]),
    passExamples: row.pass_examples.map(exampleOf),
    failExamples: row.fail_examples.map(exampleOf),
  }));
}

type VerdictRow = Record<Count | `${Count}_before`, string> & {
  readonly service: string;
  readonly check: string;
  readonly pass_examples: readonly ExampleRow[];
  readonly fail_examples: readonly ExampleRow[];
};

/** By check those with most failures first. */
export async function queryFailingOperations(
  store: QualityStore,
  question: Question,
): Promise<readonly FailingOperation[]> {
  const rows = await ask<OperationRow>(
    store,
    question,
    `SELECT q.service AS service, q.operation AS operation, q.check AS check,
      ${COUNTS.map((count) => `sum(q.${count}) AS ${count}`).join(', ')},
      ${examplesSql('fail_examples')} AS fail_examples
    FROM {database:Identifier}.quality AS q
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY q.service, q.operation, q.check
    HAVING sum(q.failed) > 0
    ORDER BY check, sum(q.failed) DESC, service, operation
    LIMIT ${OPERATIONS_MAX} BY q.check`,
  );
  return rows.map((row) => ({
    service: row.service,
    operation: row.operation,
    check: row.check,
    ...verdictsOf((count) => row[count]),
    failExamples: row.fail_examples.map(exampleOf),
  }));
}

type OperationRow = Record<Count, string> & {
  readonly service: string;
  readonly operation: string;
  readonly check: string;
  readonly fail_examples: readonly ExampleRow[];
};

/** The period in parts of equal length, those without verdicts left out, ordered by time. */
export async function queryParts(store: QualityStore, question: Question): Promise<readonly PartVerdicts[]> {
  const { fromS, toS } = question.period;
  const partS = Math.max(PART_S_MIN, Math.ceil((toS - fromS) / PARTS_MAX));
  const rows = await ask<Record<Count, string> & { readonly part: string; readonly check: string }>(
    store,
    question,
    `SELECT intDiv(toUnixTimestamp(q.window_start) - {fromS:UInt32}, {partS:UInt32}) AS part, q.check AS check,
      ${COUNTS.map((count) => `sum(q.${count}) AS ${count}`).join(', ')}
    FROM {database:Identifier}.quality AS q
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY part, q.check
    ORDER BY part, check`,
    { partS },
  );
  return rows.map((row) => ({
    fromS: fromS + Number(row.part) * partS,
    check: row.check,
    ...verdictsOf((count) => row[count]),
  }));
}

/** By service those with most spans first. */
export async function queryClients(store: QualityStore, question: Question): Promise<readonly ClientSeen[]> {
  const rows = await ask<Omit<ClientSeen, 'spans' | 'examples'> & ClientRow>(
    store,
    question,
    `SELECT q.service AS service, q.language AS language, q.sdk AS sdk, q.version AS version, sum(q.spans) AS span_count,
      argMaxIf(q.examples, q.window_start, notEmpty(q.examples)) AS client_examples
    FROM {database:Identifier}.clients AS q
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY q.service, q.language, q.sdk, q.version
    ORDER BY service, span_count DESC, language, sdk, version
    LIMIT ${VERSIONS_MAX} BY q.service`,
  );
  return rows.map(({ service, language, sdk, version, span_count: spans, client_examples: examples }) => ({
    service,
    language,
    sdk,
    version,
    spans: Number(spans),
    examples: examples.map(exampleOf),
  }));
}

interface ClientRow {
  readonly span_count: string;
  readonly client_examples: readonly ExampleRow[];
}

interface ExampleRow {
  readonly trace_id: string;
  readonly span_id: string;
}

function exampleOf({ trace_id: traceId, span_id: spanId }: ExampleRow): Example {
  return { traceId, spanId };
}

function verdictsOf(text: (count: Count) => string): Verdicts {
  return {
    judged: Number(text('judged')),
    passed: Number(text('passed')),
    failed: Number(text('failed')),
    exempt: Number(text('exempt')),
  };
}

async function ask<Row>(
  { reader, database }: QualityStore,
  { tenant, service, period, signal }: Question,
  sql: string,
  more: Readonly<Record<string, number>> = {},
): Promise<Row[]> {
  const fromS = Math.max(0, period.fromS);
  return reader.query<Row>(sql, { database, tenant, service, ...period, fromS, ...more }, signal);
}
