/**
 * A report as Jaeger's Trace Quality page takes it. The page shows nothing at all where an array is missing or a table's cell is null, calls
 * 0 of 0 `NaN %`, and opens examples by `linkTo` alone: so no null leaves here, and checks that neither passed nor failed are left out.
 */
import type { Score } from '../report/pooled-verdicts.ts';
import type { CheckReport, Client, QualityReport } from '../report/quality-report.ts';
import type { Example } from '../report/quality-question.ts';
import { countText, scoreText, signed } from '../report/report-page.ts';
import type { Freshness } from './freshness.ts';

export interface PageOptions {
  readonly hours: number;
  /** Where checks are documented: the address of a check is this, `#` and its name. */
  readonly documentationUrl: string;
  readonly freshness: Freshness;
}

interface PageExample {
  readonly traceID: string;
  readonly spanIDs: readonly string[];
}

interface LinkCell {
  readonly value: string;
  readonly linkTo: string;
}

interface PageTable {
  readonly header: string;
  readonly description: string;
  readonly columns: readonly {
    readonly key: string;
    readonly label: string;
    readonly preventSort?: true;
  }[];
  readonly rows: readonly Readonly<Record<string, string | number | LinkCell>>[];
}

export interface QualityPage {
  readonly traceQualityDocumentationLink: string;
  readonly bannerText: {
    readonly value: string;
    readonly styling: Readonly<Record<string, string>>;
  };
  readonly scores: readonly {
    readonly key: string;
    readonly label: string;
    readonly max: number;
    readonly value: number;
  }[];
  readonly metrics: readonly {
    readonly name: string;
    readonly category: string;
    readonly description: string;
    readonly metricDocumentationLink: string;
    readonly metricWeight: number;
    readonly passCount: number;
    readonly passExamples: readonly PageExample[];
    readonly failureCount: number;
    readonly failureExamples: readonly PageExample[];
    readonly exemptionCount: number;
    readonly details: readonly PageTable[];
  }[];
  readonly clients: readonly {
    readonly version: string;
    readonly minVersion: string;
    readonly count: number;
    readonly examples: readonly PageExample[];
  }[];
}

const SCORE_MAX = 100;
/** Links of one row: a cell holds one. */
const LINKS_MAX = 3;
/** Characters of a trace id that a cell shows. */
const ID_LENGTH_SHOWN = 8;

export function qualityPage(report: QualityReport, options: PageOptions): QualityPage {
  const { scores, checks, clients } = report;
  return {
    traceQualityDocumentationLink: options.documentationUrl,
    bannerText: bannerOf(report, options),
    scores: scores.map(({ category, value }) => ({
      key: category,
      label: labelOf(category),
      max: SCORE_MAX,
      value,
    })),
    metrics: checks
      .filter(({ passed, failed }) => passed + failed > 0)
      .map((check) => metricOf(check, options)),
    clients: clients.map(clientOf),
  };
}

function bannerOf(report: QualityReport, { hours, freshness }: PageOptions): QualityPage['bannerText'] {
  const judged = judgedText(report, hours);
  const styling = { fontWeight: 'bold' };
  if (!freshness.isStale) return { value: judged, styling };
  const until =
    freshness.untilMs === undefined
      ? ''
      : `: spans are counted until ${new Date(freshness.untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { value: `${judged} Weir is behind${until}.`, styling: { ...styling, color: 'darkorange' } };
}

function judgedText({ service, scores, spans }: QualityReport, hours: number): string {
  const period = hours === 1 ? 'the past hour' : `the past ${hours} hours`;
  const [overall] = scores;
  if (overall === undefined) return `No span of ${service ?? 'any service'} was judged in ${period}.`;
  return `${countText(spans)} ${spans === 1 ? 'span' : 'spans'} judged in ${period}. Overall score ${scoreText(overall.value)} of ${SCORE_MAX}, ${trendOf(overall, hours)}.`;
}

function trendOf({ value, before }: Score, hours: number): string {
  const period = hours === 1 ? 'the hour before' : `the ${hours} hours before`;
  return before === null
    ? `nothing to compare with in ${period}`
    : `${signed(value - before)} against ${period}`;
}

function metricOf(check: CheckReport, { documentationUrl }: PageOptions): QualityPage['metrics'][number] {
  const { title, category, weight, passed, failed, exempt, passExamples, failExamples } = check;
  return {
    name: title,
    category,
    description: check.description,
    metricDocumentationLink: `${documentationUrl}#${check.check}`,
    metricWeight: weight,
    passCount: passed,
    passExamples: passExamples.map(exampleOf),
    failureCount: failed,
    failureExamples: failExamples.map(exampleOf),
    exemptionCount: exempt,
    details: failed === 0 ? [] : [failuresOf(check)],
  };
}

function failuresOf({ fix, points, operations }: CheckReport): PageTable {
  const links = Math.min(
    LINKS_MAX,
    Math.max(0, ...operations.map(({ failExamples }) => failExamples.length)),
  );
  const linkKeys = Array.from({ length: links }, (_, at) => `example${at + 1}`);
  return {
    header: 'Failures by operation',
    description: `${fix} Worth ${points.toFixed(1)} points of the overall score.`,
    columns: [
      { key: 'operation', label: 'Operation' },
      { key: 'failures', label: 'Failures' },
      { key: 'judged', label: 'Judged' },
      ...linkKeys.map((key, at) => ({ key, label: `Example ${at + 1}`, preventSort: true as const })),
    ],
    rows: operations.map(({ operation, failed, passed, failExamples }) => ({
      operation,
      failures: failed,
      judged: failed + passed,
      ...Object.fromEntries(
        failExamples.slice(0, links).map((example, at) => [linkKeys[at]!, linkOf(example)]),
      ),
    })),
  };
}

/** Relative, so that it works wherever the UI is mounted. */
function linkOf({ traceId, spanId }: Example): LinkCell {
  const find = spanId === '' ? '' : `?uiFind=${encodeURIComponent(spanId)}`;
  return {
    value: traceId.slice(0, ID_LENGTH_SHOWN),
    linkTo: `trace/${encodeURIComponent(traceId)}${find}`,
  };
}

function exampleOf({ traceId, spanId }: Example): PageExample {
  return { traceID: traceId, spanIDs: spanId === '' ? [] : [spanId] };
}

function clientOf({
  language,
  sdk,
  version,
  minVersion,
  spans,
  examples,
}: Client): QualityPage['clients'][number] {
  return {
    version: [sdk, language, version].filter((part) => part !== '').join(' ') || 'not named',
    minVersion: minVersion ?? 'any',
    count: spans,
    examples: examples.map(exampleOf),
  };
}

function labelOf(category: string): string {
  return `${category.charAt(0).toUpperCase()}${category.slice(1)}`;
}
