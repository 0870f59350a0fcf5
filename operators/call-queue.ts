/** Calls that wait to be counted, as columns: a loop over many finds what it needs in the cache, one by one each would wait for memory. */
import type { Call } from './call.ts';

/** Sides of a call, in this order: client, server, and the network between them. */
export const SIDES = 3;

export const CLIENT_FAILED = 1;
export const SERVER_FAILED = 2;

const CALLS_MAX = 1024;

export class CallQueue {
  length = 0;
  /** The row each call is counted in. */
  readonly rows = new Int32Array(CALLS_MAX);
  /** SIDES durations a call, in microseconds; -1 for a side that was not seen. */
  readonly us = new Float64Array(CALLS_MAX * SIDES);
  /** Which sides failed. */
  readonly flags = new Uint8Array(CALLS_MAX);

  get isFull(): boolean {
    return this.length === CALLS_MAX;
  }

  add(row: number, { clientUs, serverUs, networkUs, isClientError, isServerError }: Call): void {
    const call = this.length++;
    this.rows[call] = row;
    this.us[call * SIDES] = clientUs ?? -1;
    this.us[call * SIDES + 1] = serverUs ?? -1;
    this.us[call * SIDES + 2] = networkUs ?? -1;
    this.flags[call] = (isClientError ? CLIENT_FAILED : 0) | (isServerError ? SERVER_FAILED : 0);
  }
}
