/** Spans as the demo makes them: plain objects, before they are serialised. */

/** OTLP's numbers. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One process of one service on one host. */
export interface Instance {
  readonly service: string;
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  /** How far the host's clock is ahead of the true time. */
  readonly clockOffsetUs: number;
}

export interface SpanLink {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

export interface SpanEvent {
  readonly name: string;
  readonly timeUs: number;
  readonly attributes: Attributes;
}

export interface DemoSpan extends SpanLink {
  readonly instance: Instance;
  readonly parentSpanId: Uint8Array | undefined;
  /** The parent is in another process. */
  readonly isParentRemote: boolean;
  readonly traceState: string;
  readonly name: string;
  readonly kind: Kind;
  /** Unix microseconds by the instance's own clock. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Attributes;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
  /** Why the span failed; undefined: status unset. */
  readonly error: string | undefined;
}
