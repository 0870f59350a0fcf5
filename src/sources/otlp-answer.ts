/**
 * OTLP/HTTP answers: an empty ExportTraceServiceResponse, or a google.rpc.Status, in the encoding of the request.
 */
import type { Taking } from './byte-budget.ts';

export type OtlpEncoding = 'otlp_proto' | 'otlp_json';

/** What went wrong: HTTP status, gRPC's code for the same, and what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: number;

  constructor(status: keyof typeof GRPC_CODES, message: string) {
    super(message);
    this.status = status;
    this.code = GRPC_CODES[status];
  }
}

/** gRPC's status codes by the HTTP statuses used here. */
const GRPC_CODES = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  404: 5, // NOT_FOUND
  405: 12, // UNIMPLEMENTED
  413: 8, // RESOURCE_EXHAUSTED
  415: 3, // INVALID_ARGUMENT
  429: 8, // RESOURCE_EXHAUSTED
  500: 13, // INTERNAL
  503: 14, // UNAVAILABLE
} as const;

/** What a sender is told of a budget without room: to come back, and whether it is its own doing. */
export function noRoom(taking: Exclude<Taking, 'taken'>): Refusal {
  return taking === 'full'
    ? new Refusal(503, 'the receiver is full: try again later')
    : new Refusal(429, 'this tenant has its share of the receiver: try again later');
}

/** Fields `code` (1, varint) and `message` (2, LEN) of google.rpc.Status. */
const CODE_TAG = 0x08;
const MESSAGE_TAG = 0x12;
/** A message this long has a one-byte length, and says enough. */
const MESSAGE_BYTES_MAX = 127;

export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  otlp_proto: 'application/x-protobuf',
  otlp_json: 'application/json',
};

export function successBody(encoding: OtlpEncoding): Buffer {
  return Buffer.from(encoding === 'otlp_json' ? '{}' : '');
}

export function statusBody({ code, message }: Refusal, encoding: OtlpEncoding): Buffer {
  if (encoding === 'otlp_json') return Buffer.from(JSON.stringify({ code, message }));
  const text = Buffer.from(message).subarray(0, MESSAGE_BYTES_MAX);
  return Buffer.concat([Uint8Array.of(CODE_TAG, code, MESSAGE_TAG, text.length), text]);
}
