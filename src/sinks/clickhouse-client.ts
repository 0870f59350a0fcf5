/**
 * The connection to ClickHouse, one for the embedded server and an external one: settings that differ between releases are said, the
 * client's own log is silent, and what goes wrong becomes a SinkError.
 */
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { masked } from '../config/secret.ts';
import { SinkError } from './sink-error.ts';

export interface StoreOptions {
  readonly url: string;
  /** Sent with every request: the embedded server's token. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly username?: string;
  readonly password?: string;
  readonly database: string;
  /** Default 30 s. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Below any server's own limit, so that the client never writes to a socket the server is closing. */
const IDLE_SOCKET_MS = 2500;

const MESSAGE_CHARS_MAX = 1000;

const SETTINGS: ClickHouseSettings = {
  // An answer means the rows are in the table, or the whole error, whatever the server's defaults.
  async_insert: 0,
  wait_end_of_query: 1,
  distributed_foreground_insert: 1,
  output_format_json_quote_64bit_integers: 1,
  output_format_arrow_compression_method: 'none',
  date_time_input_format: 'best_effort',
};

/** Names are qualified in every statement: the database may not exist yet. */
export function openClient(options: StoreOptions, settings: ClickHouseSettings = {}): ClickHouseClient {
  return createClient({
    url: options.url,
    ...(options.headers === undefined ? {} : { http_headers: { ...options.headers } }),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    application: 'weir',
    request_timeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS, eagerly_destroy_stale_sockets: true },
    log: { level: ClickHouseLogLevel.OFF },
    use_multipart_params_auto: true,
    clickhouse_settings: { ...SETTINGS, ...settings },
  });
}

/** Server answers that the same request will get again: unknown names, wrong types, syntax, credentials, quotas on one query. */
const PERMANENT_CODES = new Set(
  '16 36 43 44 46 47 48 50 53 60 62 70 73 81 115 158 164 192 193 194 396 452 456 457 497 516 720'.split(' '),
);

/** Runs a request; throws SinkError and nothing else. `doing` says what failed. */
export async function request<T>(doing: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw sinkError(doing, error);
  }
}

function sinkError(doing: string, error: unknown): SinkError {
  if (error instanceof ClickHouseError) {
    const isPermanent = PERMANENT_CODES.has(error.code);
    const name = `code ${error.code}${error.type === undefined ? '' : `, ${error.type}`}`;
    return new SinkError(`ClickHouse cannot ${doing} (${name}): ${shortened(error.message)}`, {
      retryable: !isPermanent,
      code: error.code,
      cause: error,
    });
  }
  const said =
    error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
  return new SinkError(`ClickHouse did not ${doing}: ${shortened(said)}`, { retryable: true, cause: error });
}

/** ClickHouse repeats the whole query after some messages; what stands between may repeat the whole request. */
function shortened(message: string): string {
  const said = masked(message).split(': In scope ', 1)[0]!.trim();
  return said.length <= MESSAGE_CHARS_MAX ? said : `${said.slice(0, MESSAGE_CHARS_MAX)}...`;
}
