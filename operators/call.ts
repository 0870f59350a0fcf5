/** One call as its two sides saw it. */
import { CLIENT, CONSUMER, PRODUCER, SERVER, STATUS_ERROR } from '../src/spans/span-batch.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** A side that was not seen has no duration; a network time needs both, in the right order. */
export interface Call {
  readonly clientUs: number | undefined;
  readonly serverUs: number | undefined;
  readonly networkUs: number | undefined;
  readonly isClientError: boolean;
  readonly isServerError: boolean;
}

/** What a call took and how it ended, as far as its sides were seen; NONE is a side that was not. */
export function callOf(spans: SpanRing, caller: Place, callee: Place): Call {
  return new CallReader(spans).read(caller, callee);
}

/** Reads call after call into one object: a new one for each, two for three spans, sweeps through the cache. */
export class CallReader {
  readonly #spans: SpanRing;
  readonly #call: { -readonly [K in keyof Call]: Call[K] } = {
    clientUs: undefined,
    serverUs: undefined,
    networkUs: undefined,
    isClientError: false,
    isServerError: false,
  };

  constructor(spans: SpanRing) {
    this.#spans = spans;
  }

  /** As `callOf`; valid until the next one is read. */
  read(caller: Place, callee: Place): Call {
    const spans = this.#spans;
    const call = this.#call;
    const hasClient = caller !== NONE && (spans.kind(caller) === CLIENT || spans.kind(caller) === PRODUCER);
    const hasServer = callee !== NONE && (spans.kind(callee) === SERVER || spans.kind(callee) === CONSUMER);
    const networkUs = hasClient && hasServer ? spans.startUs(callee) - spans.startUs(caller) : -1;
    call.clientUs = hasClient ? spans.durationUs(caller) : undefined;
    call.serverUs = hasServer ? spans.durationUs(callee) : undefined;
    // Clocks differ: a callee that starts before its caller has no network time, rather than a wrong one.
    call.networkUs = networkUs >= 0 ? networkUs : undefined;
    call.isClientError = hasClient && spans.status(caller) === STATUS_ERROR;
    call.isServerError = callee !== NONE && spans.status(callee) === STATUS_ERROR;
    return call;
  }
}
