/** How commands ask a running Weir: at the address the configuration gives it, with its token, for one tenant. */
import type { Config } from '../config/schema.ts';
import { masked } from '../config/secret.ts';

const REQUEST_MS_MAX = 10_000;
const BODY_LENGTH_SHOWN = 200;

/** Nothing answers there. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Where a Weir of this configuration answers, as seen from the same machine. */
export function apiAddress({ http: { host, port } }: Pick<Config, 'http'>): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${reached}:${port}`;
}

/** The body of an answer. Throws UnreachableError, or an Error with what was answered instead. */
export async function askApi(
  url: string,
  { http: { token } }: Pick<Config, 'http'>,
  { tenant, timeoutMs = REQUEST_MS_MAX }: { readonly tenant: string; readonly timeoutMs?: number },
): Promise<string> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
    'x-tenant': tenant,
  };
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), headers });
  } catch (error) {
    // What fetch throws for a refused connection; a timeout is another error.
    if (error instanceof TypeError)
      throw new UnreachableError(`nothing answers at ${new URL(url).origin}`, { cause: error });
    throw error;
  }
  if (!response.ok) {
    const reason = await reasonIn(response);
    const isUnsent = token === undefined && reason.includes('bearer token');
    const cure = '; name the file that holds it with --config, or set WEIR_HTTP_TOKEN';
    throw new Error(`${url} answers ${response.status}: ${reason}${isUnsent ? cure : ''}`);
  }
  return response.text();
}

/** The message of an error in Jaeger's shape, else the beginning of the body. */
async function reasonIn(response: Response): Promise<string> {
  const text = masked(await response.text());
  try {
    const { errors } = JSON.parse(text) as { readonly errors: readonly [{ readonly msg: string }] };
    return errors[0].msg;
  } catch {
    return text.slice(0, BODY_LENGTH_SHOWN);
  }
}
