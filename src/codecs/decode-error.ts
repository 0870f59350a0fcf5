/** Why a message cannot be decoded: `reason` is one of a small closed set, fit for a metric label. */
export type DecodeReason =
  | 'truncated'
  | 'malformed'
  | 'bad_id'
  | 'bad_utf8'
  | 'too_deep'
  | 'too_large'
  | 'too_many_spans'
  | 'unknown_encoding';

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: DecodeReason;

  constructor(reason: DecodeReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
