/** Counts of spans, and of their links, with something to note, per tenant: counters for Weir's own metrics, taken with the rows they belong to. */
import type { Rows } from './rows.ts';

/**
 * A span that repeats an earlier one; ends too far after, or before, its record; is counted in an overflow bucket. A consumer's link; one that
 * has found its producer.
 */
export type Observation = 'duplicate' | 'skewed' | 'late' | 'overflow' | 'link' | 'joined_link';

/** Rows `span_observations`: tenant, observation, spans (or links, by what the observation is of). */
export const OBSERVATION_ROWS = 'span_observations';

export class Observations {
  readonly #spans = new Map<string, Map<Observation, number>>();

  add(tenant: string, observation: Observation, spans: number): void {
    let counts = this.#spans.get(tenant);
    if (counts === undefined) this.#spans.set(tenant, (counts = new Map<Observation, number>()));
    counts.set(observation, (counts.get(observation) ?? 0) + spans);
  }

  /** What was counted since the last call. */
  take(): Rows {
    const rows = [...this.#spans].flatMap(([tenant, counts]) =>
      [...counts].map(([observation, spans]) => ({ tenant, observation, spans })),
    );
    this.#spans.clear();
    return {
      name: OBSERVATION_ROWS,
      length: rows.length,
      slot: new Float64Array(0),
      columns: {
        tenant: rows.map((row) => row.tenant),
        observation: rows.map((row) => row.observation),
        spans: rows.map((row) => row.spans),
      },
    };
  }
}
