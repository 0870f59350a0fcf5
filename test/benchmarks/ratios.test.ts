/** The second table of `npm run bench`: which of Weir's benchmarks is set against which stage of a peer. */
import { describe, expect, test } from 'vitest';
import { ratiosOf } from '../../benchmarks/support/ratios.ts';

const FOLD = { benchmark: 'fold', spans_per_s: 3_000_000 };
const JOINS = { benchmark: 'joins', spans_held: 500_000, spans_per_s: 1_000_000 };
const ALL_JOBS = { benchmark: 'all-jobs', spans_held: 500_000, spans_per_s: 500_000 };
const GRAPH = {
  benchmark: 'peers',
  stage: 'decode + spanmetrics + servicegraph',
  version: 'v0.165.1 + v0.158.0',
  go: 'go1.26.8',
  spans_per_s: 250_000,
};
const GRAPH_MEASURED = 'decode + spanmetrics + servicegraph: v0.165.1 + v0.158.0, go1.26.8';

describe('the ratios to peers', () => {
  test('a stage stands beside every benchmark that does its work', () => {
    expect(ratiosOf([ALL_JOBS, JOINS, GRAPH])).toEqual([
      ['joins: decode + RED + dependencies', GRAPH_MEASURED, '4.0'],
      ['all-jobs: decode + RED + dependencies + paths + quality', GRAPH_MEASURED, '2.0'],
    ]);
  });

  test('decode and RED have stages of their own', () => {
    const decode = { benchmark: 'decode', encoding: 'otlp_proto', spans_per_s: 6_000_000 };
    const peers = { benchmark: 'peers', version: 'v1', go: 'go1' };
    const results = [
      { ...peers, stage: 'decode', spans_per_s: 600_000 },
      { ...peers, stage: 'decode + spanmetrics', spans_per_s: 200_000 },
      { ...decode, encoding: 'jaeger_proto', spans_per_s: 1 },
      decode,
      FOLD,
    ];
    expect(ratiosOf(results)).toEqual([
      ['decode', 'decode: v1, go1', '10.0'],
      ['fold: decode + RED', 'decode + spanmetrics: v1, go1', '15.0'],
    ]);
  });

  test('only the joins of 500,000 spans held count', () => {
    const held = { ...JOINS, spans_held: 5_000_000, spans_per_s: 1 };
    expect(ratiosOf([held, GRAPH])).toEqual([]);
    expect(ratiosOf([held, JOINS, GRAPH]).map((row) => row[2])).toEqual(['4.0']);
  });

  test('a recorded figure says so', () => {
    const recorded = {
      benchmark: 'peers',
      stage: GRAPH.stage,
      spans_per_s: 500_000,
      source: 'recorded (contrib v0.116)',
      why: 'go build failed',
    };
    expect(ratiosOf([JOINS, recorded])).toEqual([
      [
        'joins: decode + RED + dependencies',
        'decode + spanmetrics + servicegraph: recorded (contrib v0.116)',
        '2.0',
      ],
    ]);
  });

  test('nothing is said of what was not measured', () => {
    expect(ratiosOf([FOLD, JOINS, ALL_JOBS])).toEqual([]);
    expect(ratiosOf([GRAPH])).toEqual([]);
  });
});
