/** How many times as fast as a peer Weir was, wherever one run measured both. */
import type { Result } from './summary.ts';

/** The same work, or more where there is no peer that does as much: Weir's benchmark, and the peer's stage. */
const PAIRS: readonly { readonly ours: Result; readonly name: string; readonly stage: string }[] = [
  { ours: { benchmark: 'decode', encoding: 'otlp_proto' }, name: 'decode', stage: 'decode' },
  { ours: { benchmark: 'fold' }, name: 'fold: decode + RED', stage: 'decode + spanmetrics' },
  {
    ours: { benchmark: 'joins', spans_held: 500_000 },
    name: 'joins: decode + RED + dependencies',
    stage: 'decode + spanmetrics + servicegraph',
  },
  // More work than the peer's, which has no connector for paths and quality.
  {
    ours: { benchmark: 'all-jobs', spans_held: 500_000 },
    name: 'all-jobs: decode + RED + dependencies + paths + quality',
    stage: 'decode + spanmetrics + servicegraph',
  },
];

export function ratiosOf(results: readonly Result[]): readonly (readonly string[])[] {
  return PAIRS.flatMap(({ ours, name, stage }) => {
    const weir = find(results, ours)?.['spans_per_s'];
    const peer = find(results, { benchmark: 'peers', stage });
    const peers = peer?.['spans_per_s'];
    if (typeof weir !== 'number' || typeof peers !== 'number') return [];
    const from = peer?.['source'] ?? `${peer?.['version'] ?? ''}, ${peer?.['go'] ?? ''}`;
    return [[name, `${stage}: ${from}`, (weir / peers).toFixed(1)]];
  });
}

function find(results: readonly Result[], like: Result): Result | undefined {
  return results.find((result) => Object.entries(like).every(([key, value]) => result[key] === value));
}
