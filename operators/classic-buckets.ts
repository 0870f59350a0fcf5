/**
 * The classic histogram of a row, made from its base-2 histogram. Only a duration in a bucket that a classic bound splits has to be looked at
 * when it is counted: what lies above the bound is kept apart.
 */
import { CLASSIC_BOUNDS_US, CLASSIC_BUCKETS, bucketOf, classicOf } from './histogram.ts';
import type { SparseHistogram } from './histograms.ts';

/** Base-2 buckets with a classic bound inside, and which. */
const SPLIT_BUCKETS: ReadonlyMap<number, number> = new Map(
  CLASSIC_BOUNDS_US.map((bound, at) => [bucketOf(bound), at]),
);
const IS_SPLIT = Uint8Array.from({ length: 2048 }, (_, at) => (SPLIT_BUCKETS.has(at - 32) ? 1 : 0));

export class ClassicBuckets {
  /** Units above the classic bound inside a split bucket, by row and bound. */
  readonly #above = new Map<number, number>();

  /** Notes a duration that is counted in a base-2 bucket. */
  add(row: number, bucket: number, us: number, units: number): void {
    if (IS_SPLIT[bucket + 32] === 1) this.#addAbove(row, SPLIT_BUCKETS.get(bucket)!, us, units);
  }

  /** Units per classic bucket, each counted apart, of a row with this histogram. */
  of(row: number, { buckets, units }: SparseHistogram): number[] {
    const classic = Array<number>(CLASSIC_BUCKETS).fill(0);
    for (let at = 0; at < buckets.length; at++) {
      const bucket = buckets[at]!;
      const from = classicOf(0, bucket);
      const above = IS_SPLIT[bucket + 32] === 1 ? (this.#above.get(row * CLASSIC_BUCKETS + from) ?? 0) : 0;
      classic[from] = classic[from]! + units[at]! - above;
      if (above > 0) classic[from + 1] = classic[from + 1]! + above;
    }
    return classic;
  }

  #addAbove(row: number, bound: number, us: number, units: number): void {
    if (us <= CLASSIC_BOUNDS_US[bound]!) return;
    const at = row * CLASSIC_BUCKETS + bound;
    this.#above.set(at, (this.#above.get(at) ?? 0) + units);
  }
}
