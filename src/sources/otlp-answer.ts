/**
 * OTLP/HTTP answers: an empty ExportTraceServiceResponse, or a google.rpc.Status, in the encoding of the request.
 */
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
  500: 13, // INTERNAL
  503: 14, // UNAVAILABLE
} as const;

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
