/**
 * What a Zipkin v2 span means in OpenTelemetry's words, as pure functions on values a codec has already extracted. Both Zipkin
 * codecs use them, so one span reads the same in either encoding. The rules are those of the collector's translator, which is the
 * way such spans take into Jaeger's storage.
 *
 * Rules that need no function: the service is the local endpoint's name, and missing where that is absent or empty; a remote
 * endpoint's name is attribute `peer.service`, before any tag of that name; tag `w3c.tracestate` is the tracestate; tags
 * `otlp.link.0`, `otlp.link.1` and so on are its links; every other tag is an attribute of the span; `shared` and `debug` change nothing.
 */

/** The local service name that stands for none. */
export const NO_SERVICE_NAME = 'OTLPResourceNoServiceName';

/** Tags that become fields of the span and are no attributes of it. */
export const FIELD_TAGS = ['span.kind', 'otel.status_code', 'w3c.tracestate'] as const;

const PROTO_KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

/** The JSON name of a kind by its number in zipkin.proto; '' where unspecified or unknown. */
export function kindName(kind: number): string {
  return PROTO_KINDS[kind] ?? '';
}

/** Index into SPAN_KINDS. Tag `span.kind` is asked only where the span names no kind, and only for `internal`. */
export function kindOf(kind: string, kindTag: string | undefined): number {
  switch (kind) {
    case 'SERVER':
      return 2;
    case 'CLIENT':
      return 3;
    case 'PRODUCER':
      return 4;
    case 'CONSUMER':
      return 5;
    default:
      return kindTag === 'internal' ? 1 : 0;
  }
}

/** Index into STATUS_CODES. A tag `error` means an error whatever it says; exporters spell `otel.status_code` in several ways. */
export function statusOf(hasErrorTag: boolean, statusCode: string | undefined): number {
  if (hasErrorTag) return 2;
  switch (statusCode?.toUpperCase()) {
    case 'OK':
    case 'STATUS_CODE_OK':
      return 1;
    case 'ERROR':
    case 'STATUS_CODE_ERROR':
      return 2;
    default:
      return 0;
  }
}

/** Whether a parent id is one: a span that names itself as its parent is a root. Words are the big-endian halves of the ids. */
export function isParent(parentHigh: number, parentLow: number, idHigh: number, idLow: number): boolean {
  return parentHigh !== idHigh || parentLow !== idLow;
}
