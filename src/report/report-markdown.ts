/** A report as Markdown, as issue trackers and chats show it. Whatever a name holds, it is shown and changes nothing. */
import type { Fix, Page, TableBlock } from './report-page.ts';

export function markdownText({ title, summary, blocks }: Page): string {
  const parts = blocks.map((block) => {
    const lines = block.kind === 'table' ? tableLines(block) : fixLines(block.fixes);
    return [`## ${escaped(block.heading)}`, '', ...lines].join('\n');
  });
  return `${[`# ${escaped(title)}`, escaped(summary), ...parts].join('\n\n')}\n`;
}

function tableLines({ columns, rows }: TableBlock): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [
    line(columns.map(({ label }) => label)),
    `| ${columns.map(({ isNumber }) => (isNumber ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(line),
  ];
}

function fixLines(fixes: readonly Fix[]): readonly string[] {
  if (fixes.length === 0) return ['Nothing: no check failed.'];
  return fixes.flatMap(({ points, title, facts, advice, places, examples }, at) => [
    `${at + 1}. **${escaped(title)}** (${escaped(points)}): ${escaped(facts)}. ${escaped(advice)}`,
    ...(places.length === 0 ? [] : [`   - In ${places.map(escaped).join(', ')}`]),
    ...(examples.length === 0
      ? []
      : [`   - See ${examples.map(({ text, href }) => `[${escaped(text)}](<${href}>)`).join(', ')}`]),
  ]);
}

/** Punctuation that means something to Markdown or HTML. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~&#!$@]/g, '\\$&');
}
