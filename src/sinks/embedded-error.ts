/** Why the embedded ClickHouse cannot run: `code` for programs, the message with place and cure for people. */
export type EmbeddedErrorCode =
  'unsupported_platform' | 'locked' | 'format' | 'start_failed' | 'start_timeout';

export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
  readonly code: EmbeddedErrorCode;

  constructor(code: EmbeddedErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
