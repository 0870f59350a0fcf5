/**
 * Draws what `growth` printed: a chart for each axis, as SVG, into docs/charts/.
 *
 *     node dist/benchmarks/charts/draw.js FILE
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LineChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

interface Point {
  readonly benchmark: string;
  readonly axis: string;
  readonly at: number;
  readonly spans_per_s: number;
}

const TITLES: Readonly<Record<string, string>> = {
  services: 'services',
  series: 'RED series',
  dimensions: 'dimensions',
  spans_per_trace: 'spans a trace',
  spans_held: 'spans held',
  partitions: 'partitions on one thread',
};
/** From `dist/benchmarks/charts/`. */
const FOLDER = resolve(import.meta.dirname, '../../../docs/charts');

use([LineChart, GridComponent, TitleComponent, SVGRenderer]);
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: draw.js FILE');
const points = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Point)
  .filter(({ benchmark }) => benchmark === 'growth');
mkdirSync(FOLDER, { recursive: true });
for (const axis of new Set(points.map((point) => point.axis))) {
  const path = join(FOLDER, `${axis.replaceAll('_', '-')}.svg`);
  writeFileSync(
    path,
    `${chartOf(
      axis,
      points.filter((point) => point.axis === axis),
    )}\n`,
  );
  process.stderr.write(`${path}\n`);
}

/** Numbers of dimensions are few and include none; all else grows by factors. */
function chartOf(axis: string, drawn: readonly Point[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 640, height: 320 });
  const title = TITLES[axis] ?? axis;
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: `Spans per CPU-second, by ${title}`, left: 'center', textStyle: { fontSize: 14 } },
    grid: { left: 60, right: 40, top: 50, bottom: 50 },
    xAxis: {
      type: axis === 'dimensions' ? 'value' : 'log',
      logBase: axis === 'partitions' ? 4 : 10,
      min: 'dataMin',
      max: 'dataMax',
      name: title,
      nameLocation: 'middle',
      nameGap: 28,
      axisLabel: { formatter: short },
    },
    yAxis: { type: 'value', min: 0, axisLabel: { formatter: short } },
    series: [
      {
        type: 'line',
        symbolSize: 7,
        color: '#2f6db5',
        label: { show: true, formatter: ({ value }: { value: unknown }) => short((value as number[])[1]!) },
        data: drawn.map(({ at, spans_per_s }) => [at, spans_per_s]),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function short(value: number): string {
  if (value >= 1e6) return `${Math.round(value / 1e4) / 100} M`;
  if (value >= 1e3) return `${Math.round(value / 1e3)} k`;
  return String(Math.round(value * 10) / 10);
}
