/**
 * What a service does while it handles a request: time passes, calls go out, spans come of it. A Work is one open span; its clock
 * moves on with everything it does. The spans of a trace appear in the order in which they end.
 */
import type { Random } from './random.ts';
import { INSTANCES, type ServiceName } from './services.ts';
import {
  type Attributes,
  type DemoSpan,
  type Instance,
  KIND,
  type Kind,
  type SpanEvent,
  type SpanLink,
} from './span.ts';

/** One trace being made. */
export interface Trace {
  readonly traceId: Uint8Array;
  readonly traceState: string;
  readonly random: Random;
  /** Where ended spans go. */
  readonly spans: DemoSpan[];
}

export interface SpanStart {
  readonly service: ServiceName;
  readonly kind: Kind;
  readonly name: string;
  readonly attributes: Attributes;
  readonly links?: readonly SpanLink[];
  /** The work is done, but no span of it is made: what it calls seems to be called by its parent. */
  readonly isUnseen?: boolean;
}

const NETWORK_MS = 0.4;

export class Work {
  readonly trace: Trace;
  readonly instance: Instance;
  readonly spanId: Uint8Array;
  /** The true time, Unix microseconds. */
  nowUs: number;
  error: string | undefined;
  readonly #start: SpanStart;
  readonly #startUs: number;
  readonly #parent: Work | undefined;
  readonly #attributes: Record<string, Attributes[string]>;
  readonly #events: SpanEvent[] = [];

  constructor(trace: Trace, start: SpanStart, at: { readonly nowUs: number; readonly parent?: Work }) {
    const { random } = trace;
    this.trace = trace;
    this.instance =
      at.parent?.instance.service === start.service
        ? at.parent.instance
        : random.pick(INSTANCES[start.service]);
    this.spanId = start.isUnseen === true && at.parent !== undefined ? at.parent.spanId : random.bytes(8);
    this.nowUs = at.nowUs;
    this.#start = start;
    this.#startUs = at.nowUs;
    this.#parent = at.parent;
    this.#attributes = { ...start.attributes };
  }

  get link(): SpanLink {
    return { traceId: this.trace.traceId, spanId: this.spanId };
  }

  set(key: string, value: Attributes[string]): void {
    this.#attributes[key] = value;
  }

  spend(medianMs: number): void {
    this.nowUs += this.trace.random.latencyUs(medianMs);
  }

  fail(type: string, message: string): void {
    this.error = message;
    this.set('error.type', type);
  }

  /** Fails with the exception on record. */
  throwing(type: string, message: string): void {
    this.fail(type, message);
    this.#events.push({
      name: 'exception',
      timeUs: this.nowUs + this.instance.clockOffsetUs,
      attributes: { 'exception.type': type, 'exception.message': message },
    });
  }

  /** A span of this service inside this one. */
  inside(kind: Kind, name: string, attributes: Attributes, body: (work: Work) => void): Work {
    const service = this.#start.service;
    const work = new Work(
      this.trace,
      { service, kind, name, attributes },
      { nowUs: this.nowUs, parent: this },
    );
    body(work);
    work.end();
    this.nowUs = work.nowUs;
    return work;
  }

  /** The callee's side of a call, between two ways over the network. */
  serve(start: Omit<SpanStart, 'kind'>, body: (work: Work) => void): Work {
    this.spend(NETWORK_MS);
    const work = new Work(this.trace, { ...start, kind: KIND.server }, { nowUs: this.nowUs, parent: this });
    body(work);
    work.end();
    this.nowUs = work.nowUs;
    this.spend(NETWORK_MS);
    return work;
  }

  end(): void {
    if (this.#start.isUnseen === true) return;
    const { clockOffsetUs } = this.instance;
    this.trace.spans.push({
      instance: this.instance,
      traceId: this.trace.traceId,
      spanId: this.spanId,
      parentSpanId: this.#parent?.spanId,
      isParentRemote: this.#parent !== undefined && this.#parent.instance !== this.instance,
      traceState: this.trace.traceState,
      name: this.#start.name,
      kind: this.#start.kind,
      startUs: this.#startUs + clockOffsetUs,
      endUs: this.nowUs + clockOffsetUs,
      attributes: this.#attributes,
      links: this.#start.links ?? [],
      events: this.#events,
      error: this.error,
    });
  }
}
