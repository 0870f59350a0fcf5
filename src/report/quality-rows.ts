/**
 * What the report and Jaeger's Trace Quality page ask of what views `quality` and `clients` show: counts per check in a period and in the one
 * before it, the operations that fail most, the way the score went, and the client libraries seen.
 */
import {
  END,
  type Example,
  IS_OURS,
  type QualityStore,
  type Question,
  START,
  VERDICTS,
  ask,
  exampleOf,
} from './quality-question.ts';
import type { Verdicts } from './score.ts';

/** A check's verdicts on one service. */
export interface ServiceVerdicts {
  readonly service: string;
  readonly check: string;
  readonly now: Verdicts;
  readonly before: Verdicts;
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

/** A period is drawn as at most so many points, none of less than five minutes. */
const PARTS_MAX = 48;
const PART_S_MIN = 300;
/** Operations shown of one check. */
const OPERATIONS_MAX = 20;
/** Examples of one place; a slot keeps few. */
const EXAMPLES_MAX = 3;
/** Versions shown of one service. */
const VERSIONS_MAX = 20;

const COUNTS = ['judged', 'passed', 'exempt'] as const;
type Count = (typeof COUNTS)[number];

/** What was said less what a later span changed. */
function net(count: Count): string {
  return `q.${count} - q.${count}_moved`;
}

const SUMS = COUNTS.map((count) => `sum(${net(count)}) AS net_${count}`).join(', ');

/** Ordered by service and check. */
export async function queryVerdicts(
  store: QualityStore,
  question: Question,
): Promise<readonly ServiceVerdicts[]> {
  const { fromS, toS } = question.period;
  const sums = COUNTS.map(
    (count) =>
      `sumIf(${net(count)}, ${START}) AS net_${count}, sumIf(${net(count)}, NOT (${START})) AS net_${count}_before`,
  );
  const rows = await ask<VerdictRow>(
    store,
    question,
    `SELECT q.service AS service, q.check AS check, ${sums.join(', ')}
    FROM ${VERDICTS}
    WHERE ${IS_OURS} AND q.window_start >= toDateTime({beforeS:UInt32}, 'UTC') AND ${END}
    GROUP BY q.service, q.check
    ORDER BY service, check`,
    { beforeS: Math.max(0, fromS - (toS - fromS)) },
  );
  return rows.map((row) => ({
    service: row.service,
    check: row.check,
    now: verdictsOf((count) => row[`net_${count}`]),
    before: verdictsOf((count) => row[`net_${count}_before`]),
  }));
}

type VerdictRow = Readonly<Record<`net_${Count}` | `net_${Count}_before`, string>> & {
  readonly service: string;
  readonly check: string;
};

/** By check those with most failures first. */
export async function queryFailingOperations(
  store: QualityStore,
  question: Question,
): Promise<readonly FailingOperation[]> {
  const rows = await ask<CountRow & Pick<FailingOperation, 'service' | 'operation' | 'check'> & Placed>(
    store,
    question,
    `SELECT ${PLACE} AS place, q.service AS service, q.operation AS operation, q.check AS check, ${SUMS}
    FROM ${VERDICTS}
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY q.service, q.operation, q.check
    HAVING net_judged > net_passed + net_exempt
    ORDER BY check, net_judged - net_passed - net_exempt DESC, service, operation
    LIMIT ${OPERATIONS_MAX} BY q.check`,
  );
  const examples = await queryFailExamples(store, question, rows);
  return rows.map((row) => ({
    service: row.service,
    operation: row.operation,
    check: row.check,
    ...verdictsOf((count) => row[`net_${count}`]),
    failExamples: examples.get(row.place) ?? [],
  }));
}

type CountRow = Readonly<Record<`net_${Count}`, string>>;
/** A check on an operation. ClickHouse takes no parameter of more than 128 KiB, and the names of hundreds of operations may come to more. */
const PLACE = 'sipHash64(q.service, q.operation, q.check)';
interface Placed {
  readonly place: string;
}

/** The newest failures of each place. */
async function queryFailExamples(
  store: QualityStore,
  question: Question,
  rows: readonly Placed[],
): Promise<ReadonlyMap<string, readonly Example[]>> {
  if (rows.length === 0) return new Map();
  const found = await ask<Placed & { readonly examples: readonly string[] }>(
    store,
    question,
    `SELECT ${PLACE} AS place, argMax(q.fail_examples, (q.window_start, q.slot)) AS examples
    FROM ${VERDICTS}
    WHERE ${IS_OURS} AND ${START} AND ${END} AND notEmpty(q.fail_examples) AND place IN {places:Array(UInt64)}
    GROUP BY place`,
    { places: rows.map(({ place }) => BigInt(place)) },
  );
  return new Map(found.map(({ place, examples }) => [place, examples.slice(0, EXAMPLES_MAX).map(exampleOf)]));
}

/** The newest passes of each check. */
export async function queryPassExamples(
  store: QualityStore,
  question: Question,
): Promise<ReadonlyMap<string, readonly Example[]>> {
  const rows = await ask<{ readonly check: string; readonly examples: readonly string[] }>(
    store,
    question,
    `SELECT q.check AS check, argMax(q.pass_examples, (q.window_start, q.operation, q.slot)) AS examples
    FROM ${VERDICTS}
    WHERE ${IS_OURS} AND ${START} AND ${END} AND notEmpty(q.pass_examples)
    GROUP BY q.check`,
  );
  return new Map(rows.map(({ check, examples }) => [check, examples.slice(0, EXAMPLES_MAX).map(exampleOf)]));
}

/** The period in parts of equal length, those without verdicts left out, ordered by time. */
export async function queryParts(store: QualityStore, question: Question): Promise<readonly PartVerdicts[]> {
  const { fromS, toS } = question.period;
  const partS = Math.max(PART_S_MIN, Math.ceil((toS - fromS) / PARTS_MAX));
  const rows = await ask<CountRow & { readonly part: string; readonly check: string }>(
    store,
    question,
    `SELECT intDiv(toUnixTimestamp(q.window_start) - {fromS:UInt32}, {partS:UInt32}) AS part, q.check AS check, ${SUMS}
    FROM ${VERDICTS}
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY part, q.check
    ORDER BY part, check`,
    { partS },
  );
  return rows.map((row) => ({
    fromS: fromS + Number(row.part) * partS,
    check: row.check,
    ...verdictsOf((count) => row[`net_${count}`]),
  }));
}

/** By service those with most spans first. */
export async function queryClients(store: QualityStore, question: Question): Promise<readonly ClientSeen[]> {
  const rows = await ask<Omit<ClientSeen, 'spans' | 'examples'> & ClientRow>(
    store,
    question,
    `SELECT q.service AS service, q.language AS language, q.sdk AS sdk, q.client_version AS version, sum(q.spans) AS span_count,
      argMaxIf(q.examples, (q.window_start, q.slot), notEmpty(q.examples)) AS client_examples
    FROM {database:Identifier}.clients_v1 AS q FINAL
    WHERE ${IS_OURS} AND ${START} AND ${END}
    GROUP BY q.service, q.language, q.sdk, q.client_version
    ORDER BY service, span_count DESC, language, sdk, version
    LIMIT ${VERSIONS_MAX} BY q.service`,
  );
  return rows.map(({ service, language, sdk, version, span_count: spans, client_examples: examples }) => ({
    service,
    language,
    sdk,
    version,
    spans: Number(spans),
    examples: examples.slice(0, EXAMPLES_MAX).map(exampleOf),
  }));
}

interface ClientRow {
  readonly span_count: string;
  readonly client_examples: readonly string[];
}

function verdictsOf(text: (count: Count) => string): Verdicts {
  const [judged, passed, exempt] = [Number(text('judged')), Number(text('passed')), Number(text('exempt'))];
  return { judged, passed, failed: judged - passed - exempt, exempt };
}
