/**
 * The series of one counter family: exact sums per label set, and when each may be shown. Label sets that differ in their outcome alone
 * form a group; a group is shown and expires as one. At most `seriesPerTenantMax` series are admitted per tenant.
 */
import assert from 'node:assert/strict';
import { inOnePiece } from '../spans/one-piece.ts';
import { joinLabels } from './prometheus-labels.ts';

export interface HistogramSums {
  /** Counted apart, not cumulated. */
  readonly buckets: bigint[];
  sum: bigint;
}

/** One label set. Sums are in the family's units. */
export interface Series {
  /** As printed between the braces. */
  readonly labels: string;
  readonly counters: bigint[];
  readonly histograms: readonly HistogramSums[];
  isCounted: boolean;
  /** The first scrape that shows its counters; they are 0 in that one. */
  counterFrom: number;
  /** The first scrape that shows its histograms; they are 0 in that one. */
  histogramFrom: number;
}

/** Where a series belongs. */
export interface SeriesPlace {
  readonly tenant: string;
  /** Labels without the outcome's. */
  readonly group: string;
  /** The outcome's label, empty where the family has none. */
  readonly outcome: string;
}

export interface SeriesShape {
  readonly counters: number;
  /** Buckets of each histogram, the one beyond the last bound included. */
  readonly histograms: readonly number[];
  /** The outcome every group has from the start, at 0. */
  readonly zeroed: string;
}

export interface SeriesLimits {
  /** Label sets of one tenant. */
  readonly seriesPerTenantMax: number;
  /** A group nothing was added to for this long disappears. */
  readonly idleMs: number;
}

interface Group {
  readonly tenant: string;
  addedMs: number;
  /** By outcome. */
  readonly series: Map<string, Series>;
}

/** Not yet shown. */
const NEVER = Number.POSITIVE_INFINITY;

export class SeriesTable {
  readonly #shape: SeriesShape;
  readonly #limits: SeriesLimits;
  readonly #groups = new Map<string, Group>();
  readonly #sizes = new Map<string, number>();

  constructor(shape: SeriesShape, limits: SeriesLimits) {
    this.#shape = shape;
    this.#limits = limits;
  }

  get size(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /** The series of a place, made if there is room for it. Undefined where there is none. */
  admit(place: SeriesPlace, nowMs: number): Series | undefined {
    const known = this.#groups.get(place.group);
    if (known?.series.has(place.outcome) !== true) {
      const missing = known === undefined && place.outcome !== this.#shape.zeroed ? 2 : 1;
      const size = this.#sizes.get(place.tenant) ?? 0;
      if (size + missing > this.#limits.seriesPerTenantMax) return undefined;
    }
    return this.admitAlways(place, nowMs);
  }

  /** The same for a place that must exist, room or not: an overflow's. */
  admitAlways(place: SeriesPlace, nowMs: number): Series {
    let group = this.#groups.get(place.group);
    if (group === undefined) {
      this.#groups.set(
        inOnePiece(place.group),
        (group = { tenant: place.tenant, addedMs: nowMs, series: new Map() }),
      );
      this.#open(group, place.group, this.#shape.zeroed);
    }
    group.addedMs = nowMs;
    return group.series.get(place.outcome) ?? this.#open(group, place.group, place.outcome);
  }

  /**
   * The series that scrape number `scrape` shows. Series expire here and nowhere else, so a counter that starts again was absent from at
   * least one scrape before.
   */
  scraped(scrape: number, nowMs: number): readonly Series[] {
    const shown: Series[] = [];
    for (const [name, group] of this.#groups) {
      if (nowMs - group.addedMs > this.#limits.idleMs) {
        this.#groups.delete(name);
        this.#resize(group.tenant, -group.series.size);
        continue;
      }
      for (const series of group.series.values()) {
        if (series.counterFrom === NEVER) series.counterFrom = scrape;
        if (series.histogramFrom === NEVER && series.isCounted) series.histogramFrom = scrape;
        shown.push(series);
      }
    }
    return shown;
  }

  #open(group: Group, groupLabels: string, outcome: string): Series {
    const { counters, histograms } = this.#shape;
    const series: Series = {
      labels: inOnePiece(joinLabels(groupLabels, outcome)),
      counters: new Array<bigint>(counters).fill(0n),
      histograms: histograms.map((buckets) => ({ buckets: new Array<bigint>(buckets).fill(0n), sum: 0n })),
      isCounted: false,
      counterFrom: NEVER,
      histogramFrom: NEVER,
    };
    group.series.set(outcome, series);
    this.#resize(group.tenant, 1);
    return series;
  }

  #resize(tenant: string, by: number): void {
    const size = (this.#sizes.get(tenant) ?? 0) + by;
    assert(size >= 0, `BUG: tenant ${tenant} has ${size} series`);
    if (size === 0) this.#sizes.delete(tenant);
    else this.#sizes.set(tenant, size);
  }
}
