/** Plots as inline SVG: scores over time, and bars. Colours come from the page's style sheet, by class. Texts are escaped. Pure. */
import { escapeHtml } from './escape-html.ts';

export interface Line {
  readonly name: string;
  /** Null: no value at this point; the line has a gap there. */
  readonly values: readonly (number | null)[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** What is written beside it. */
  readonly label: string;
}

const WIDTH = 760;
const MAX = 100;

const LINES = { height: 240, left: 36, right: 130, top: 12, bottom: 26 } as const;

/** When the points are, in any unit, ascending; and the ends of the axis with what is written there. */
export interface TimeAxis {
  readonly times: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly labels: readonly [string, string];
}

/** Values of 0 to 100 over time. Points further apart than the nearest two are not joined: nothing is known between them. */
export function linesSvg(
  title: string,
  { times, from, to, labels }: TimeAxis,
  lines: readonly Line[],
): string {
  const { height, left, right, top, bottom } = LINES;
  const innerWidth = WIDTH - left - right;
  const innerHeight = height - top - bottom;
  const x = (at: number): number => left + ((times[at]! - from) / (to - from)) * innerWidth;
  const steps = times.slice(1).map((time, at) => time - times[at]!);
  const stepMax = 1.5 * Math.min(...steps);
  const isApart = (at: number): boolean => at > 0 && steps[at - 1]! > stepMax;
  const y = (value: number): number => top + (1 - value / MAX) * innerHeight;
  const grid = [0, 25, 50, 75, 100].map(
    (value) =>
      `<line class="grid" x1="${left}" x2="${left + innerWidth}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const drawn = lines.map(({ name, values }, series) => {
    const points = values.map((value, at): Point | null => (value === null ? null : [x(at), y(value)]));
    const path = pathOf(points, isApart);
    const legendY = top + 10 + series * 20;
    return (
      `<g class="series-${series}"><title>${escapeHtml(name)}</title><path d="${path}"/>` +
      `<line x1="${WIDTH - right + 14}" x2="${WIDTH - right + 30}" y1="${legendY}" y2="${legendY}"/>` +
      `<text x="${WIDTH - right + 36}" y="${legendY + 4}">${escapeHtml(name)}</text></g>`
    );
  });
  const ends =
    `<text x="${left}" y="${height - 8}">${escapeHtml(labels[0])}</text>` +
    `<text x="${left + innerWidth}" y="${height - 8}" text-anchor="end">${escapeHtml(labels[1])}</text>`;
  return svg(title, height, [...grid, ...drawn, ends]);
}

const BARS = { height: 24, left: 220, right: 200, thickness: 14 } as const;
const NAME_LENGTH_MAX = 32;

/** Values of 0 to `max`, one bar below the other. */
export function barsSvg(title: string, bars: readonly Bar[], max: number): string {
  const { height, left, right, thickness } = BARS;
  const innerWidth = WIDTH - left - right;
  const drawn = bars.map(({ name, value, label }, at) => {
    const y = at * height;
    const width = max === 0 ? 0 : (value / max) * innerWidth;
    const characters = Array.from(name);
    const shown =
      characters.length > NAME_LENGTH_MAX ? `${characters.slice(0, NAME_LENGTH_MAX - 1).join('')}…` : name;
    return (
      `<g><title>${escapeHtml(`${name}: ${label}`)}</title>` +
      `<text x="${left - 8}" y="${y + 16}" text-anchor="end">${escapeHtml(shown)}</text>` +
      `<rect class="track" x="${left}" y="${y + 5}" width="${innerWidth}" height="${thickness}" rx="3"/>` +
      `<rect class="bar" x="${left}" y="${y + 5}" width="${rounded(width)}" height="${thickness}" rx="3"/>` +
      `<text x="${left + innerWidth + 8}" y="${y + 16}">${escapeHtml(label)}</text></g>`
    );
  });
  return svg(title, Math.max(1, bars.length) * height, drawn);
}

function svg(title: string, height: number, parts: readonly string[]): string {
  const name = escapeHtml(title);
  return `<svg role="img" aria-label="${name}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}">${parts.join('')}</svg>`;
}

type Point = readonly [x: number, y: number];

/** A point that is joined to none is a dot: a line of no length with round ends. */
function pathOf(points: readonly (Point | null)[], isApart: (at: number) => boolean): string {
  let path = '';
  let isOpen = false;
  for (const [at, point] of points.entries()) {
    if (point === null) isOpen = false;
    else {
      const [x, y] = point.map(rounded);
      path += isOpen && !isApart(at) ? `L${x} ${y}` : `M${x} ${y}h0`;
      isOpen = true;
    }
  }
  return path;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
