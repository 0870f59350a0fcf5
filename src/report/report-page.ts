/**
 * What a report says, before it is a table, Markdown or HTML: headings, tables and fixes in the order in which they are read. Names that
 * come from spans are free of control characters here; to escape them is each format's own duty. Pure.
 */
import { OVERALL, type Score } from './pooled-verdicts.ts';
import type { Example } from './quality-question.ts';
import {
  type CheckReport,
  type Client,
  type QualityReport,
  type ServiceLine,
  topFixes,
} from './quality-report.ts';

export interface Link {
  readonly text: string;
  readonly href: string;
}

export interface Column {
  readonly label: string;
  /** Numbers stand to the right. */
  readonly isNumber: boolean;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly heading: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** One thing to do, and why. */
export interface Fix {
  /** Gained, such as `+6.2`. */
  readonly points: string;
  readonly title: string;
  readonly facts: string;
  readonly advice: string;
  /** Where it fails most. */
  readonly places: readonly string[];
  readonly examples: readonly Link[];
}

export interface FixesBlock {
  readonly kind: 'fixes';
  readonly heading: string;
  readonly fixes: readonly Fix[];
}

export interface Page {
  readonly title: string;
  /** The period, and how much was judged in it. */
  readonly summary: string;
  readonly blocks: readonly (TableBlock | FixesBlock)[];
}

const FIXES_MAX = 3;
const PLACES_MAX = 3;
const EXAMPLES_MAX = 3;

/** `jaegerUrl` is the address of a Jaeger UI, without a final slash. */
export function reportPage(report: QualityReport, jaegerUrl: string): Page {
  const { service, services, checks, clients } = report;
  const blocks =
    report.scores.length === 0
      ? []
      : [
          scoresTable(report.scores),
          fixesBlock(report, jaegerUrl),
          ...(services.length === 0 ? [] : [servicesTable(services)]),
          checksTable(checks),
          ...(clients.length === 0 ? [] : [clientsTable(clients, service === null)]),
        ];
  return {
    title: service === null ? 'Trace quality of all services' : `Trace quality of ${cleanText(service)}`,
    summary: `${timeText(report.from)} to ${timeText(report.to)} UTC: ${spansText(report)}.`,
    blocks,
  };
}

/** Text of a span as one line that no terminal and no browser obeys. */
export function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

function traceLink({ traceId, spanId }: Example, jaegerUrl: string): Link {
  const find = spanId === '' ? '' : `?uiFind=${encodeURIComponent(spanId)}`;
  return { text: cleanText(traceId), href: `${jaegerUrl}/trace/${encodeURIComponent(traceId)}${find}` };
}

export function scoreText(value: number): string {
  // What is not whole must not read as if it were.
  return (value < 100 ? Math.min(value, 99.9) : value).toFixed(1);
}

function trendText({ value, before }: Pick<Score, 'value' | 'before'>): string {
  return before === null ? 'new' : signed(value - before);
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

export function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  if (text === '0.0') return '0.0';
  return value < 0 ? `-${text}` : `+${text}`;
}

function spansText({ spans, scores }: QualityReport): string {
  if (scores.length === 0) return 'nothing was judged';
  return `${countText(spans)} ${spans === 1 ? 'span' : 'spans'} judged`;
}

function scoresTable(scores: readonly Score[]): TableBlock {
  return {
    kind: 'table',
    heading: 'Score',
    columns: [text('score'), number('of 100'), number('trend')],
    rows: scores.map((score) => [score.category, scoreText(score.value), trendText(score)]),
  };
}

function fixesBlock(report: QualityReport, jaegerUrl: string): FixesBlock {
  return {
    kind: 'fixes',
    heading: 'Fix first, by the points that the overall score gains',
    fixes: topFixes(report, FIXES_MAX).map((check) => fixOf(check, report.service === null, jaegerUrl)),
  };
}

function fixOf(check: CheckReport, isFleet: boolean, jaegerUrl: string): Fix {
  const { points, title, failed, passed, fix, operations, failExamples } = check;
  const part = (100 * failed) / (failed + passed);
  return {
    points: signed(points),
    title,
    facts: `${countText(failed)} of ${countText(failed + passed)} failed (${part.toFixed(1)} %)`,
    advice: fix,
    places: operations
      .slice(0, PLACES_MAX)
      .map((place) => cleanText(isFleet ? `${place.service}: ${place.operation}` : place.operation)),
    examples: failExamples.slice(0, EXAMPLES_MAX).map((example) => traceLink(example, jaegerUrl)),
  };
}

function servicesTable(services: readonly ServiceLine[]): TableBlock {
  const categories = [...new Set(services.flatMap(({ scores }) => scores.map(({ category }) => category)))];
  const order = [OVERALL, ...categories.filter((category) => category !== OVERALL)];
  return {
    kind: 'table',
    heading: 'Services, lowest score first',
    columns: [
      text('service'),
      number(OVERALL),
      number('trend'),
      ...order.slice(1).map(number),
      text('what costs it most'),
    ],
    rows: services.map(({ service, scores, worst }) => {
      const values = order.map((category) => scores.find((score) => score.category === category));
      const [overall, ...others] = values.map((score) => (score === undefined ? '' : scoreText(score.value)));
      return [
        cleanText(service),
        overall!,
        trendText(scores[0]!),
        ...others,
        worst === null ? '' : `${worst.title} (${signed(-worst.points)})`,
      ];
    }),
  };
}

function checksTable(checks: readonly CheckReport[]): TableBlock {
  return {
    kind: 'table',
    heading: 'Checks',
    columns: [
      text('check'),
      text('category'),
      number('judged'),
      number('failed'),
      number('exempt'),
      number('costs'),
    ],
    rows: checks.map(({ check, category, judged, failed, exempt, points }) => [
      check,
      category,
      countText(judged),
      countText(failed),
      countText(exempt),
      points === 0 ? '' : signed(-points),
    ]),
  };
}

function clientsTable(clients: readonly Client[], isFleet: boolean): TableBlock {
  return {
    kind: 'table',
    heading: 'Client libraries',
    columns: [
      ...(isFleet ? [text('service')] : []),
      text('language'),
      text('library'),
      text('version'),
      text('at least'),
      number('spans'),
    ],
    rows: clients.map(({ service, language, sdk, version, minVersion, spans }) => [
      ...(isFleet ? [cleanText(service)] : []),
      ...[language, sdk, version].map(cleanText),
      minVersion ?? '',
      countText(spans),
    ]),
  };
}

function text(label: string): Column {
  return { label, isNumber: false };
}

function number(label: string): Column {
  return { label, isNumber: true };
}

/** RFC 3339 to the minute, as people write it. */
export function timeText(time: string): string {
  return time.replace('T', ' ').replace(/:\d\dZ$/, '');
}
