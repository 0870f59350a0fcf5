/**
 * Bounds how many series one slot may hold, per tenant and per service. Excess goes to a named overflow bucket, so totals stay exact. It
 * counts a slot's own facts in their order and starts anew with each slot, so every process that reads the slot admits the same names.
 */
import { inOnePiece } from '../src/spans/one-piece.ts';

/** The name excess is counted under. */
export const OVERFLOW = '__other__';

export interface SeriesLimits {
  /** Distinct services a tenant may have in a slot. */
  readonly servicesPerTenantMax: number;
  /** Distinct (operation, kind, dimensions) a service may have in a slot. */
  readonly seriesPerServiceMax: number;
  /** Rows (series x status x window) a tenant may have in a slot, overflow rows not counted. */
  readonly rowsPerTenantMax: number;
}

/** What identifies a row within a slot. */
export interface SeriesLabels {
  readonly tenant: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: number;
  readonly status: number;
  /** Canonical JSON object. */
  readonly dimensions: string;
}

export const NO_DIMENSIONS = '{}';

interface TenantUse {
  readonly services: Map<string, Set<string>>;
  rows: number;
}

export class SeriesLimiter {
  readonly #limits: SeriesLimits;
  readonly #tenants = new Map<string, TenantUse>();

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
  }

  /** The labels a span is counted under: its own, or an overflow bucket's. */
  admitSeries(labels: SeriesLabels): SeriesLabels {
    const { services } = this.#use(labels.tenant);
    let series = services.get(labels.service);
    if (series === undefined) {
      if (services.size >= this.#limits.servicesPerTenantMax) return overflowOf(labels, OVERFLOW);
      services.set(labels.service, (series = new Set()));
    }
    // An operation that is called so is one of those.
    if (labels.operation === OVERFLOW) return overflowOf(labels, labels.service);
    const name = `${labels.kind} ${labels.dimensions} ${labels.operation}`;
    if (!series.has(name)) {
      if (series.size >= this.#limits.seriesPerServiceMax) return overflowOf(labels, labels.service);
      series.add(inOnePiece(name));
    }
    return labels;
  }

  /** The same, for labels that would need a new row. */
  admitRow(labels: SeriesLabels): SeriesLabels {
    if (labels.operation === OVERFLOW) return labels;
    const use = this.#use(labels.tenant);
    if (use.rows >= this.#limits.rowsPerTenantMax) return overflowOf(labels, OVERFLOW);
    use.rows++;
    return labels;
  }

  #use(tenant: string): TenantUse {
    let use = this.#tenants.get(tenant);
    if (use === undefined) this.#tenants.set(tenant, (use = { services: new Map(), rows: 0 }));
    return use;
  }
}

function overflowOf(labels: SeriesLabels, service: string): SeriesLabels {
  return { ...labels, service, operation: OVERFLOW, dimensions: NO_DIMENSIONS };
}
