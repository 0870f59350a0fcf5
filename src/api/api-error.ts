/** Answers that are errors: status, message and the two shapes Jaeger gives them. Messages never carry a stack or SQL. */

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Seconds after which the same request may succeed. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** Jaeger writes every error with Go's `http.Error`: plain text, whatever it contains. */
export const ERROR_CONTENT_TYPE = 'text/plain; charset=utf-8';

/** The body for a path, without its base path: `/api/v3/*` has a shape of its own. */
export function errorBody(path: string, status: number, message: string): string {
  const body = path.startsWith('/api/v3/')
    ? { error: { httpCode: status, message } }
    : { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg: message }] };
  return `${JSON.stringify(body)}\n`;
}
