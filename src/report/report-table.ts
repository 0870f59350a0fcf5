/** A report as text for a terminal. */
import type { Colors } from '../terminal.ts';
import type { Column, Fix, Page, TableBlock } from './report-page.ts';

export function tableText({ title, summary, blocks }: Page, colors: Colors): string {
  const parts = blocks.map((block) =>
    [
      colors.bold(block.heading),
      ...(block.kind === 'table' ? rowLines(block, colors) : fixLines(block.fixes, colors)),
    ].join('\n'),
  );
  return `${[`${colors.bold(colors.cyan(title))}\n${summary}`, ...parts].join('\n\n')}\n`;
}

function rowLines({ columns, rows }: TableBlock, { dim }: Colors): readonly string[] {
  const labels = columns.map(({ label }) => label);
  const widths = columns.map((_, at) => Math.max(...[labels, ...rows].map((row) => widthOf(row[at]!))));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, at) => padded(cell, columns[at]!, widths[at]!)).join('  ')}`.trimEnd();
  return [dim(line(labels)), ...rows.map(line)];
}

function fixLines(fixes: readonly Fix[], { bold, dim, green }: Colors): readonly string[] {
  if (fixes.length === 0) return ['  Nothing: no check failed.'];
  return fixes.flatMap(({ points, title, facts, advice, places, examples }, at) => [
    `  ${at + 1}. ${green(points)}  ${bold(title)}: ${facts}`,
    `     ${advice}`,
    ...places.map((place) => `     ${dim('in')} ${place}`),
    ...examples.map(({ href }) => `     ${dim('see')} ${href}`),
  ]);
}

function padded(cell: string, { isNumber }: Column, width: number): string {
  const space = ' '.repeat(width - widthOf(cell));
  return isNumber ? space + cell : cell + space;
}

/** Characters, not UTF-16 units. */
function widthOf(text: string): number {
  return Array.from(text).length;
}
