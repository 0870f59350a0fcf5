/**
 * Spans per CPU-second from OTLP bytes through RED and dependencies on one core, as one thing grows and all else stays: services,
 * series, dimensions, spans a trace, spans held, partitions. Higher is better, and flat is best.
 *
 *     node --expose-gc dist/benchmarks/growth.js [spans] [seconds] [axis, or axis=value...]
 *
 * Prints one line for people on stderr and one line of JSON on stdout for each point; `npm run charts` draws them. Series and
 * dimensions are measured with RED alone. The checksum is the calls of all rows, over the passes, so no work can be left out.
 */
import { spawnSync } from 'node:child_process';
import { dependencies } from '../operators/dependencies.ts';
import type { Operator } from '../operators/operator.ts';
import { red } from '../operators/red.ts';
import { measureRounds } from './support/bench-rounds.ts';
import { dimensionKeys, type GrowthOptions, makeGrowthCorpus } from './support/growth-corpus.ts';

const spans = Number(process.argv[2] ?? 200_000);
const seconds = Number(process.argv[3] ?? 4);
const asked = process.argv.slice(4);
const isSmall = seconds < 1;

interface Point extends GrowthOptions {
  readonly spansHeld: number;
  readonly partitions: number;
  readonly isRedAlone: boolean;
}

const USUAL: Point = {
  spans,
  services: 100,
  series: 1000,
  dimensions: 0,
  spansPerTrace: 20,
  spansHeld: isSmall ? 10_000 : 500_000,
  partitions: 1,
  isRedAlone: false,
};

interface Axis {
  readonly values: readonly number[];
  readonly at: (value: number) => Partial<Point>;
}

const AXES: Readonly<Record<string, Axis>> = {
  services: {
    values: [10, 100, 1000, 10_000],
    at: (services) => ({
      services,
      series: Math.max(services, USUAL.series),
      // Each service has 25 spans in a row, and each must come up.
      spans: Math.max(services * 25, spans),
    }),
  },
  series: {
    values: [1000, 10_000, 100_000, 1_000_000],
    at: (series) => ({ series, spans: Math.max(series, spans), isRedAlone: true }),
  },
  dimensions: { values: [0, 1, 2, 4, 8], at: (dimensions) => ({ dimensions, isRedAlone: true }) },
  spans_per_trace: { values: [2, 10, 100, 1000, 10_000], at: (spansPerTrace) => ({ spansPerTrace }) },
  spans_held: {
    values: [100_000, 500_000, 1_000_000, 2_000_000, 5_000_000],
    at: (spansHeld) => ({ spansHeld }),
  },
  // Spans held by all partitions together stay the same, but for the smallest.
  partitions: {
    values: [1, 4, 16, 64],
    at: (partitions) => ({ partitions, spansHeld: Math.max(10_000, USUAL.spansHeld / partitions) }),
  },
};

for (const [axis, { values }] of Object.entries(AXES))
  for (const value of isSmall ? values.slice(0, 2) : values) {
    const isAlone = asked.includes(`${axis}=${value}`);
    if (isAlone || (isSmall && isAsked(axis))) measure(axis, value);
    else if (isAsked(axis)) measureApart(axis, value);
  }

function isAsked(axis: string): boolean {
  return asked.length === 0 || asked.includes(axis);
}

/**
 * Each point in a process of its own: where operators of other kinds had come and gone before, V8 knew so many shapes of their objects that the
 * same point gave a third.
 */
function measureApart(axis: string, at: number): void {
  const { status } = spawnSync(
    process.execPath,
    ['--expose-gc', import.meta.filename, String(spans), String(seconds), `${axis}=${at}`],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error(`growth, ${at} ${axis}: failed`);
}

function measure(axis: string, at: number): void {
  // Small sizes hold few spans on every axis.
  const point = { ...USUAL, ...AXES[axis]!.at(at), ...(isSmall && { spansHeld: 10_000, spans }) };
  const { spansHeld, partitions } = point;
  const corpus = makeGrowthCorpus(point);
  const { spansPerS, bestSpansPerS, rows, checksum } = measureRounds({
    corpus,
    operators: operatorsOf(point),
    seconds,
    spansHeld,
    partitions,
  });
  process.stderr.write(`growth, ${at} ${axis}: ${(spansPerS / 1e6).toFixed(2)} M spans/s\n`);
  const figures = { spans_per_s: spansPerS, best_spans_per_s: bestSpansPerS, rows };
  process.stdout.write(`${JSON.stringify({ benchmark: 'growth', axis, at, ...figures, checksum })}\n`);
}

/** With limits that no axis reaches. */
function operatorsOf({ dimensions, isRedAlone }: Point): readonly Operator[] {
  const limits = {
    servicesPerTenantMax: 20_000,
    seriesPerServiceMax: 2_000_000,
    rowsPerTenantMax: 4_000_000,
  };
  const first = red({ dimensions: dimensionKeys(dimensions), limits }, 1);
  if (isRedAlone) return [first];
  const rules = {
    profile: 'weir',
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
  } as const;
  return [first, dependencies({ ...rules, limits })];
}
