/**
 * What counters of calls rose by since the last time, per edge. A counter cannot fall, so a call that is taken back is taken from what is
 * not given out yet, now or later: where a call moves, its old edge rises less by one. Edges to databases and external peers, most of which
 * are only named until the peer answers, are given out one call to `take` later.
 */
import type { EdgeLabels } from './edge-labels.ts';
import {
  NO_CALLS,
  TALLY_CALLS,
  TALLY_CLIENT_BUCKETS,
  TALLY_CLIENT_US,
  TALLY_ERRORS,
  TALLY_SERVER_BUCKETS,
  TALLY_SERVER_US,
  type Tally,
  minus,
  plus,
} from './tally.ts';
import type { Rows } from './rows.ts';

/** Rows `service_graph`: tenant, parent, child, connection_type, and increments; buckets are those of CLASSIC_BOUNDS_US, each apart. */
export const SERVICE_GRAPH_ROWS = 'service_graph';

/** Edges that may wait, to rise later or less. Where there are more, all are forgotten: counters then miss what waited. */
const WAITING_MAX = 100_000;

interface Balance {
  readonly labels: EdgeLabels;
  /** What may be given out next, less what was given out and taken back since. */
  due: Tally;
  /** What came since the last time. */
  fresh: Tally;
}

export class EdgeCounters {
  readonly #balances = new Map<string, Balance>();

  /** Adds what a row rose by, as a tally; a row of sign '-' takes it back. */
  add(labels: EdgeLabels, rise: Tally): void {
    const { tenant, parent, child, type, sign } = labels;
    const name = JSON.stringify([tenant, parent, child, type]);
    const balance = this.#balances.get(name) ?? { labels, due: NO_CALLS, fresh: NO_CALLS };
    this.#balances.set(name, balance);
    balance.fresh = sign === '-' ? minus(balance.fresh, rise) : plus(balance.fresh, rise);
  }

  /** Forgets all that was not given out. */
  forget(): void {
    this.#balances.clear();
  }

  take(): Rows {
    const risen: { readonly labels: EdgeLabels; readonly by: Tally }[] = [];
    for (const [name, balance] of this.#balances) {
      const { labels, due, fresh } = balance;
      const isNamed = labels.type === 'database' || labels.type === 'external';
      const net = due.map((units, at) => units + (isNamed && fresh[at]! > 0n ? 0n : fresh[at]!));
      const by = net.map((units) => (units > 0n ? units : 0n));
      balance.due = net.map((units, at) => units - by[at]! + (isNamed && fresh[at]! > 0n ? fresh[at]! : 0n));
      balance.fresh = NO_CALLS;
      if (by.some((units) => units > 0n)) risen.push({ labels, by });
      if (balance.due.every((units) => units === 0n)) this.#balances.delete(name);
    }
    if (this.#balances.size > WAITING_MAX) this.#balances.clear();
    return rowsOf(risen);
  }
}

function rowsOf(risen: readonly { readonly labels: EdgeLabels; readonly by: Tally }[]): Rows {
  return {
    name: SERVICE_GRAPH_ROWS,
    length: risen.length,
    slot: new Float64Array(0),
    columns: {
      tenant: risen.map(({ labels }) => labels.tenant),
      parent: risen.map(({ labels }) => labels.parent),
      child: risen.map(({ labels }) => labels.child),
      connection_type: risen.map(({ labels }) => labels.type),
      calls: risen.map(({ by }) => by[TALLY_CALLS]!),
      errors: risen.map(({ by }) => by[TALLY_ERRORS]!),
      client_us: risen.map(({ by }) => by[TALLY_CLIENT_US]!),
      server_us: risen.map(({ by }) => by[TALLY_SERVER_US]!),
      client_buckets: risen.map(({ by }) => by.slice(TALLY_CLIENT_BUCKETS, TALLY_SERVER_BUCKETS)),
      server_buckets: risen.map(({ by }) => by.slice(TALLY_SERVER_BUCKETS)),
    },
  };
}
