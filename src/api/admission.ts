/**
 * Bounds the queries that run at a time, per tenant: a few run, some wait for their turn, any more are sent away with 503. One tenant never
 * takes another's turn.
 */
import { ApiError } from './api-error.ts';

export interface AdmissionLimits {
  readonly runningMax: number;
  readonly waitingMax: number;
}

/** A Monitor tab sends eight queries at once. */
export const ADMISSION_LIMITS: AdmissionLimits = { runningMax: 8, waitingMax: 64 };

const RETRY_AFTER_S = 1;

interface Lane {
  running: number;
  readonly waiting: Set<() => void>;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #lanes = new Map<string, Lane>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Resolves at the tenant's turn with what gives it back, to be called once. Throws ApiError where too many wait, or at the signal. */
  async enter(tenant: string, signal: AbortSignal): Promise<() => void> {
    let lane = this.#lanes.get(tenant);
    if (lane === undefined) this.#lanes.set(tenant, (lane = { running: 0, waiting: new Set() }));
    if (lane.running < this.#limits.runningMax) lane.running++;
    else if (lane.waiting.size >= this.#limits.waitingMax)
      throw new ApiError(503, 'too many queries at a time', RETRY_AFTER_S);
    else await turn(lane, signal);
    return () => this.#leave(tenant, lane);
  }

  /** The turn passes on to the one who has waited longest. */
  #leave(tenant: string, lane: Lane): void {
    const next = lane.waiting.values().next();
    if (next.done !== true) {
      lane.waiting.delete(next.value);
      next.value();
    } else if (--lane.running === 0) this.#lanes.delete(tenant);
  }
}

function turn(lane: Lane, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const stop = (): void => {
      lane.waiting.delete(go);
      reject(new ApiError(503, 'the query was given up while it waited', RETRY_AFTER_S));
    };
    lane.waiting.add(go);
    signal.addEventListener('abort', stop, { once: true });
  });
}
