/** A store that failed: what it said, and whether the same request can succeed later. */

export class SinkError extends Error {
  override readonly name = 'SinkError';
  /** The same request can succeed later, unchanged. */
  readonly retryable: boolean;
  /** ClickHouse's error code where it answered at all. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options: { readonly retryable: boolean; readonly code?: string; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.code = options.code;
  }
}
