/** The documentation of the checks that run, as one page: each has its name as its anchor. Pure. */
import { escapeHtml } from '../report/escape-html.ts';
import type { CheckInfo } from '../../operators/quality-check.ts';

export function checksPage(checks: readonly CheckInfo[]): string {
  const categories = [...new Set(checks.map(({ category }) => category))];
  const sections = categories.map((category) => {
    const its = checks.filter((check) => check.category === category).map(checkHtml);
    return `<h2 id="${escapeHtml(category)}">${escapeHtml(category)}</h2>\n${its.join('\n')}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trace quality: the checks</title>
<style>
:root { color-scheme: light dark }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
h2 { text-transform: capitalize; border-bottom: 1px solid; margin-top: 2.5rem } h3 { margin-bottom: 0 } dl { margin: .25rem 0 }
dt { font-weight: 600; float: left; width: 5rem } dd { margin-left: 5rem } :target { outline: 2px solid; outline-offset: 4px }
</style>
</head>
<body>
<h1>Trace quality: the checks</h1>
<p>A score starts at 100 points. Each check is worth a part of them by its weight, and takes the part of its worth that failures are among what it judged.</p>
${sections.join('\n')}
</body>
</html>
`;
}

function checkHtml({ name, title, weight, judges, passes, exempts, credits, why, fix }: CheckInfo): string {
  const facts = [
    ['Judges', judges],
    ['Passes', passes],
    ['Exempt', exempts],
    ['Credits', credits],
    ['Why', why],
    ['Fix', fix],
    ['Weight', String(weight)],
  ] as const;
  const list = facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`);
  return `<h3 id="${escapeHtml(name)}">${escapeHtml(title)}</h3>\n<dl>\n${list.join('\n')}\n</dl>`;
}
