/**
 * What Jaeger's model means in OpenTelemetry's words, as pure functions on values a codec has already extracted. Both Jaeger codecs
 * use them, so one span reads the same in either encoding. The rules are those of the translator on Jaeger's own storage path, so
 * that kinds, statuses and names agree with what the Jaeger UI shows.
 */
import { CLIENT, SERVER } from '../spans/span-batch.ts';
import { DecodeError } from './decode-error.ts';

/** The service name Jaeger writes for a process that has none: such a process has no attributes either. */
export const NO_SERVICE_NAME = 'OTLPResourceNoServiceName';

export const REF_CHILD_OF = 0;
export const REF_FOLLOWS_FROM = 1;

/** Tags that become fields of the span and are no attributes of it. */
export const FIELD_TAGS = [
  'span.kind',
  'otel.status_code',
  'w3c.tracestate',
  'otel.scope.name',
  'otel.scope.version',
] as const;

const UNSET = 0;
const OK = 1;
const ERROR = 2;

/** Index into SPAN_KINDS of the text of tag `span.kind`; a tag that is no string counts as ''. */
export function kindOfTag(text: string): number {
  switch (text) {
    case 'internal':
      return 1;
    case 'server':
      return SERVER;
    case 'client':
      return CLIENT;
    case 'producer':
      return 4;
    case 'consumer':
      return 5;
    default:
      return 0;
  }
}

/** The tags that decide a span's status; undefined where the span has none of that name. */
export interface StatusTags {
  /** Tag `error`: false too where it is no boolean. */
  readonly error: boolean;
  /** Tag `otel.status_code`: '' where it is no string. */
  readonly statusCode: string | undefined;
  /** Tag `http.status_code`: undefined too where it is no integer, see `httpStatusOfText`. */
  readonly httpStatus: number | undefined;
}

/** Index into STATUS_CODES. `error` decides, else an explicit code whatever it says, else HTTP's. */
export function statusOfTags({ error, statusCode, httpStatus }: StatusTags, kind: number): number {
  if (error) return ERROR;
  if (statusCode !== undefined) {
    const upper = statusCode.toUpperCase();
    return upper === 'OK' ? OK : upper === 'ERROR' ? ERROR : UNSET;
  }
  if (httpStatus === undefined) return UNSET;
  if (httpStatus >= 400 && httpStatus < 500 && kind === SERVER) return UNSET;
  // 399 is an error to the translator: the bound is kept, for parity.
  return httpStatus >= 100 && httpStatus < 399 ? UNSET : ERROR;
}

/** The status code in an `http.status_code` tag of type string, or undefined. */
export function httpStatusOfText(text: string): number | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** Whether tags `sampler.type` and `sampler.param` say how the span was sampled. Only a root span carries its trace's weight. */
export function isProbabilistic(samplerType: string): boolean {
  return samplerType === 'probabilistic';
}

const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_800;
const DURATION_SECONDS_MAX = 315_576_000_000;

/** Refuses what protobuf's own Timestamp forbids: years before 1 or after 9999, nanoseconds out of range. */
export function checkTimestamp(seconds: number, nanos: number): void {
  if (seconds < SECONDS_MIN || seconds >= SECONDS_MAX || nanos < 0 || nanos >= 1e9)
    throw new DecodeError('malformed', `start time of ${seconds} s and ${nanos} ns is no timestamp`);
}

/** Refuses what protobuf's own Duration forbids: over 10,000 years, or parts of different sign. */
export function checkDuration(seconds: number, nanos: number): void {
  if (Math.abs(seconds) > DURATION_SECONDS_MAX || Math.abs(nanos) >= 1e9 || seconds * nanos < 0)
    throw new DecodeError('malformed', `duration of ${seconds} s and ${nanos} ns is no duration`);
}
