/**
 * A report as one HTML file that needs nothing else: styles and plots are in it, no script is, and its content security policy lets
 * nothing be loaded. Whatever a name holds, it is shown as text.
 */
import { escapeHtml } from './escape-html.ts';
import { OVERALL } from './pooled-verdicts.ts';
import type { QualityReport } from './quality-report.ts';
import {
  type Fix,
  type Page,
  type TableBlock,
  cleanText,
  scoreText,
  signed,
  timeText,
} from './report-page.ts';
import { barsSvg, linesSvg } from './report-svg.ts';

/** Bars of one plot; the tables have all. */
const BARS_MAX = 15;

export function htmlText({ title, summary, blocks }: Page, report: QualityReport): string {
  const [scores, ...others] = blocks.map((block) =>
    section(block.heading, block.kind === 'table' ? tableHtml(block) : fixesHtml(block.fixes)),
  );
  const body = scores === undefined ? [] : [scores, ...plots(report), ...others];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(summary)}</p>
${body.join('\n')}
</body>
</html>
`;
}

function plots({ from, to, history, checks, services }: QualityReport): readonly string[] {
  const axis = {
    times: history.map(({ at }) => Date.parse(at)),
    from: Date.parse(from),
    to: Date.parse(to),
    labels: [timeText(from), timeText(to)],
  } as const;
  const categories = [
    ...new Set([OVERALL, ...history.flatMap(({ scores }) => scores.map(({ category }) => category))]),
  ];
  const lines = categories.map((name) => ({
    name,
    values: history.map(({ scores }) => scores.find(({ category }) => category === name)?.value ?? null),
  }));
  const costs = checks
    .filter(({ points }) => points > 0)
    .slice(0, BARS_MAX)
    .map(({ title, points }) => ({ name: title, value: points, label: signed(-points) }));
  const ranked = services.slice(0, BARS_MAX).map(({ service, scores }) => ({
    name: cleanText(service),
    value: scores[0]!.value,
    label: scoreText(scores[0]!.value),
  }));
  return [
    section('Over time', linesSvg('Scores over time', axis, lines)),
    ...(ranked.length === 0
      ? []
      : [section('Lowest scores', barsSvg('Services of the lowest scores', ranked, 100))]),
    ...(costs.length === 0
      ? []
      : [
          section(
            'What costs points',
            barsSvg('Points lost by check', costs, Math.max(...costs.map(({ value }) => value))),
          ),
        ]),
  ];
}

function section(heading: string, inner: string): string {
  return `<section>\n<h2>${escapeHtml(heading)}</h2>\n${inner}\n</section>`;
}

function tableHtml({ columns, rows }: TableBlock): string {
  const cell = (tag: 'th' | 'td', value: string, at: number): string =>
    `<${tag}${columns[at]!.isNumber ? ' class="number"' : ''}>${escapeHtml(value)}</${tag}>`;
  const head = columns.map(({ label }, at) => cell('th', label, at)).join('');
  const body = rows.map((row) => `<tr>${row.map((value, at) => cell('td', value, at)).join('')}</tr>`);
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`;
}

function fixesHtml(fixes: readonly Fix[]): string {
  if (fixes.length === 0) return '<p>Nothing: no check failed.</p>';
  const items = fixes.map(({ points, title, facts, advice, places, examples }) => {
    const links = examples.map(
      ({ text, href }) => `<a href="${escapeHtml(href)}"><code>${escapeHtml(text)}</code></a>`,
    );
    return [
      `<li><strong>${escapeHtml(title)}</strong> <span class="points">${escapeHtml(points)}</span>: ${escapeHtml(facts)}.`,
      `<br>${escapeHtml(advice)}`,
      ...(places.length === 0
        ? []
        : [`<br>In ${places.map((place) => `<code>${escapeHtml(place)}</code>`).join(', ')}`]),
      ...(links.length === 0 ? [] : [`<br>See ${links.join(', ')}`]),
      '</li>',
    ].join('\n');
  });
  return `<ol>\n${items.join('\n')}\n</ol>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fff; --faint: #e3e8ed; --accent: #0b7a93; --good: #1d7a3e }
@media (prefers-color-scheme: dark) { :root { --ink: #dbe3ea; --paper: #12181f; --faint: #2b3642; --accent: #4cc0da; --good: #5ccf86 } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--faint); text-align: left; overflow-wrap: anywhere }
.number { text-align: right; font-variant-numeric: tabular-nums } li { margin-bottom: .75rem } code { overflow-wrap: anywhere } a { color: var(--accent) }
.points { color: var(--good); font-weight: 600 }
svg { max-width: 100%; height: auto } svg text { font-size: 12px; fill: var(--ink) }
.grid { stroke: var(--faint) } .track { fill: var(--faint) } .bar { fill: var(--accent) }
[class^="series-"] path, [class^="series-"] line { fill: none; stroke-width: 1.6; stroke-linecap: round }
.series-0 path, .series-0 line { stroke: var(--ink); stroke-width: 2.6 } .series-1 path, .series-1 line { stroke: #0b8fac }
.series-2 path, .series-2 line { stroke: #d9822b } .series-3 path, .series-3 line { stroke: #8e5bd0 } .series-4 path, .series-4 line { stroke: #3a9d5d }
`;
