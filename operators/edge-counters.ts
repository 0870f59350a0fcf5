/**
 * What counters of calls rose by since the last time, per edge. A counter cannot fall, so a call that is taken back is taken from what is
 * not given out yet, now or later: where a call moves, its old edge rises less by one. Edges to databases and external peers, most of which
 * are only named until the peer answers, are given out one call to `take` later.
 */
import { addProduct, wideSum } from './columns.ts';
import type { Call, EdgeLabels } from './edge-slot.ts';
import { CLASSIC_BUCKETS, bucketOf, classicOf } from './histogram.ts';
import type { Rows } from './rows.ts';

/** Rows `service_graph`: tenant, parent, child, connection_type, and increments; buckets are those of CLASSIC_BOUNDS_US, each apart. */
export const SERVICE_GRAPH_ROWS = 'service_graph';

/** Edges that may wait, to rise later or less. Where there are more, all are forgotten: counters then miss what waited. */
const WAITING_MAX = 100_000;

/** Numbers of a tally: calls, errors, two wide sums of two limbs, and two histograms. */
const CALLS = 0;
const ERRORS = 1;
const CLIENT_US = 2;
const SERVER_US = 4;
const CLIENT_BUCKETS = 6;
const SERVER_BUCKETS = CLIENT_BUCKETS + CLASSIC_BUCKETS;
const TALLY = SERVER_BUCKETS + CLASSIC_BUCKETS;

interface Balance {
  readonly labels: EdgeLabels;
  /** What may be given out next, less what was given out and taken back since. */
  due: readonly bigint[];
  /** What came since the last time. */
  fresh: readonly bigint[];
}

const NOTHING: readonly bigint[] = Array<bigint>(TALLY).fill(0n);

export class EdgeCounters {
  /** By the labels of a row, as the slot keeps them. */
  readonly #tallies = new Map<EdgeLabels, Float64Array>();
  readonly #balances = new Map<string, Balance>();

  /** Counts a call in a row; in one of sign '-' it is taken back. */
  add(labels: EdgeLabels, { clientUs, serverUs, isClientError, isServerError }: Call): void {
    let tally = this.#tallies.get(labels);
    if (tally === undefined) this.#tallies.set(labels, (tally = new Float64Array(TALLY)));
    tally[CALLS]!++;
    if (isClientError || isServerError) tally[ERRORS]!++;
    if (clientUs !== undefined) time(tally, CLIENT_US, CLIENT_BUCKETS, clientUs);
    if (serverUs !== undefined) time(tally, SERVER_US, SERVER_BUCKETS, serverUs);
  }

  /** Forgets all that was not given out. */
  forget(): void {
    this.#tallies.clear();
    this.#balances.clear();
  }

  take(): Rows {
    for (const [labels, tally] of this.#tallies) this.#settle(labels, tally);
    this.#tallies.clear();
    const risen: { readonly labels: EdgeLabels; readonly by: readonly bigint[] }[] = [];
    for (const [name, balance] of this.#balances) {
      const { labels, due, fresh } = balance;
      const isNamed = labels.type === 'database' || labels.type === 'external';
      const net = due.map((units, at) => units + (isNamed && fresh[at]! > 0n ? 0n : fresh[at]!));
      const by = net.map((units) => (units > 0n ? units : 0n));
      balance.due = net.map((units, at) => units - by[at]! + (isNamed && fresh[at]! > 0n ? fresh[at]! : 0n));
      balance.fresh = NOTHING;
      if (by.some((units) => units > 0n)) risen.push({ labels, by });
      if (balance.due.every((units) => units === 0n)) this.#balances.delete(name);
    }
    if (this.#balances.size > WAITING_MAX) this.#balances.clear();
    return rowsOf(risen);
  }

  #settle(labels: EdgeLabels, tally: Float64Array): void {
    const { tenant, parent, child, type, sign } = labels;
    const name = JSON.stringify([tenant, parent, child, type]);
    const balance = this.#balances.get(name) ?? { labels, due: NOTHING, fresh: NOTHING };
    this.#balances.set(name, balance);
    const units = Array.from(tally, (value, at) => {
      if (at === CLIENT_US || at === SERVER_US) return wideSum(tally, at);
      return at === CLIENT_US + 1 || at === SERVER_US + 1 ? 0n : BigInt(value);
    });
    balance.fresh = balance.fresh.map((known, at) => known + (sign === '-' ? -units[at]! : units[at]!));
  }
}

function time(tally: Float64Array, sum: number, buckets: number, us: number): void {
  addProduct(tally, sum, us, 1);
  tally[buckets + classicOf(us, bucketOf(us))]!++;
}

function rowsOf(risen: readonly { readonly labels: EdgeLabels; readonly by: readonly bigint[] }[]): Rows {
  return {
    name: SERVICE_GRAPH_ROWS,
    length: risen.length,
    slot: new Float64Array(0),
    columns: {
      tenant: risen.map(({ labels }) => labels.tenant),
      parent: risen.map(({ labels }) => labels.parent),
      child: risen.map(({ labels }) => labels.child),
      connection_type: risen.map(({ labels }) => labels.type),
      calls: risen.map(({ by }) => by[CALLS]!),
      errors: risen.map(({ by }) => by[ERRORS]!),
      client_us: risen.map(({ by }) => by[CLIENT_US]!),
      server_us: risen.map(({ by }) => by[SERVER_US]!),
      client_buckets: risen.map(({ by }) => by.slice(CLIENT_BUCKETS, SERVER_BUCKETS)),
      server_buckets: risen.map(({ by }) => by.slice(SERVER_BUCKETS)),
    },
  };
}
