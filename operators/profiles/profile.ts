/** What a profile of dependencies is: the rules by which spans become edges. One file of this folder each. */
import type { EdgeLedger } from '../edge-ledger.ts';
import type { Neighbourhood, Settle } from '../neighbourhood.ts';

export interface ProfileOptions {
  /** Edges from a service to itself. */
  readonly hasSelfEdges: boolean;
  /** Queues and topics as nodes between producers and consumers, beside the edges that join them. */
  readonly hasBrokers: boolean;
  /** An edge from UNKNOWN_CALLER to the service of a SERVER span without a parent. */
  readonly hasUnknownCallers: boolean;
}

/** The caller of whoever is called without a parent. */
export const UNKNOWN_CALLER = 'user';

export interface ProfileContext {
  readonly neighbourhood: Neighbourhood;
  /** Attribute keys by column, as in SpanBatch.spanAttributes. */
  readonly keys: readonly string[];
  /** Where the rules count. */
  readonly ledger: EdgeLedger;
}

export interface Profile {
  /** Attribute keys the rules read. */
  readonly attributes: readonly string[];
  /** Makes what settles the facts a span completes, right after it joined the neighbourhood. */
  open(options: ProfileOptions, context: ProfileContext): Settle;
}
