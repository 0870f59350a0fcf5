/**
 * The report on trace quality: rows of the store and what is known of each check go in, what an owner needs to know comes out. One shape for
 * one service and for the whole fleet; `weir report --format json` prints it as it is. Pure.
 */
import type { CheckInfo } from '../../operators/quality-check.ts';
import { type Pooled, type Score, pool, scoresOf, weigh } from './pooled-verdicts.ts';
import type { Example, Period } from './quality-question.ts';
import type { ClientSeen, FailingOperation, PartVerdicts, ServiceVerdicts } from './quality-rows.ts';
import { NO_VERDICTS, type Verdicts, pointsLost } from './score.ts';

export interface CheckReport extends Verdicts {
  readonly check: string;
  readonly title: string;
  /** What it judges, and when that passes. */
  readonly description: string;
  readonly category: string;
  readonly weight: number;
  /** What the overall score gains once nothing fails any more. */
  readonly points: number;
  readonly fix: string;
  readonly passExamples: readonly Example[];
  readonly failExamples: readonly Example[];
  /** Those that fail most. */
  readonly operations: readonly FailingOperation[];
}

export interface ServiceLine {
  readonly service: string;
  /** Spans that the most inclusive check judged. */
  readonly spans: number;
  readonly scores: readonly Score[];
  /** The check that costs it most; null where none costs anything. */
  readonly worst: { readonly check: string; readonly title: string; readonly points: number } | null;
}

export interface Client extends ClientSeen {
  /** The least version that is current enough; null: none is known for this language and library. */
  readonly minVersion: string | null;
}

export interface HistoryPoint {
  /** RFC 3339. */
  readonly at: string;
  readonly scores: readonly Omit<Score, 'before'>[];
}

export interface QualityReport {
  /** Null: all services. */
  readonly service: string | null;
  /** RFC 3339: windows that start in [from, to) count. */
  readonly from: string;
  readonly to: string;
  /** Spans that the most inclusive check judged. */
  readonly spans: number;
  /** Overall first, then by category; empty where nothing was judged. */
  readonly scores: readonly Score[];
  /** Those that judged anything, most points first. */
  readonly checks: readonly CheckReport[];
  /** Lowest score first; empty in the report on one service. */
  readonly services: readonly ServiceLine[];
  readonly clients: readonly Client[];
  readonly history: readonly HistoryPoint[];
}

export interface ReportRows {
  readonly verdicts: readonly ServiceVerdicts[];
  /** By check. */
  readonly passExamples: ReadonlyMap<string, readonly Example[]>;
  readonly operations: readonly FailingOperation[];
  readonly parts: readonly PartVerdicts[];
  readonly clients: readonly Client[];
}

const EXAMPLES_MAX = 5;
const NO_PLACES = { operations: [], passExamples: new Map<string, readonly Example[]>() };

/** The most valuable fixes of a report: what fails, by the points it costs. */
export function topFixes({ checks }: Pick<QualityReport, 'checks'>, count: number): readonly CheckReport[] {
  return checks.filter(({ points }) => points > 0).slice(0, count);
}

/** `service`: empty for all. Rows of checks that are not known any more are passed over. */
export function qualityReport(
  { service, period }: { readonly service: string; readonly period: Period },
  rows: ReportRows,
  checks: readonly CheckInfo[],
): QualityReport {
  const pooled = pool(rows.verdicts);
  const reports = checkReports(pooled, rows, checks);
  return {
    service: service === '' ? null : service,
    from: timeText(period.fromS),
    to: timeText(period.toS),
    spans: spansIn(pooled),
    scores: scoresOf(pooled, checks),
    checks: reports,
    services: service === '' ? serviceLines(rows.verdicts, checks) : [],
    clients: rows.clients,
    history: historyOf(rows.parts, checks),
  };
}

/** Lowest score first. Services of which nothing was judged in the period are left out. */
export function serviceLines(
  verdicts: readonly ServiceVerdicts[],
  checks: readonly CheckInfo[],
): readonly ServiceLine[] {
  const byService = grouped(verdicts, ({ service }) => service);
  return [...byService]
    .map(([service, its]): ServiceLine => {
      const pooled = pool(its);
      const [worst] = topFixes({ checks: checkReports(pooled, NO_PLACES, checks) }, 1);
      return {
        service,
        spans: spansIn(pooled),
        scores: scoresOf(pooled, checks),
        worst: worst === undefined ? null : { check: worst.check, title: worst.title, points: worst.points },
      };
    })
    .filter(({ scores }) => scores.length > 0)
    .sort((a, b) => a.scores[0]!.value - b.scores[0]!.value || compareText(a.service, b.service));
}

function spansIn(pooled: ReadonlyMap<string, Pooled>): number {
  return [...pooled.values()].reduce((most, { now }) => Math.max(most, now.judged), 0);
}

function checkReports(
  pooled: ReadonlyMap<string, Pooled>,
  { operations, passExamples }: Pick<ReportRows, 'operations' | 'passExamples'>,
  checks: readonly CheckInfo[],
): readonly CheckReport[] {
  const weighed = weigh(checks, pooled, 'now');
  const byCheck = grouped(operations, ({ check }) => check);
  return checks
    .flatMap(({ name: check, title, category, weight, judges, passes, fix }, at): CheckReport[] => {
      const found = pooled.get(check);
      if (found === undefined || found.now.judged === 0) return [];
      const about = { check, title, description: `Judges: ${judges} Passes: ${passes}`, category, weight };
      const points = pointsLost(weighed[at]!, weighed);
      const its = byCheck.get(check) ?? [];
      const examples = {
        passExamples: passExamples.get(check) ?? [],
        failExamples: its.flatMap(({ failExamples }) => failExamples).slice(0, EXAMPLES_MAX),
      };
      return [{ ...about, ...found.now, points, fix, ...examples, operations: its }];
    })
    .sort((a, b) => b.points - a.points || compareText(a.check, b.check));
}

function historyOf(parts: readonly PartVerdicts[], checks: readonly CheckInfo[]): readonly HistoryPoint[] {
  return [...grouped(parts, ({ fromS }) => fromS)].map(([fromS, its]) => {
    const verdicts = new Map(its.map((part) => [part.check, { now: part, before: NO_VERDICTS }]));
    const scores = scoresOf(verdicts, checks).map(({ category, value }) => ({ category, value }));
    return { at: timeText(fromS), scores };
  });
}

function grouped<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): ReadonlyMap<Key, readonly Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function timeText(timeS: number): string {
  return new Date(timeS * 1000).toISOString().replace('.000Z', 'Z');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
