/** How commands end: exit codes, and what a person is told when one fails. */
import { ConfigError } from '../config/config-error.ts';
import { environmentName } from '../config/environment-name.ts';
import type { Config } from '../config/schema.ts';
import { masked } from '../config/secret.ts';

/** What the exit codes of every command mean; `--help` says so too. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line asks for something that cannot be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof ConfigError || error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

/** The error as a person needs it: its message, its causes where they add something, and a stack only for those who ask. */
export function describeError(error: unknown, isDebug: boolean): string {
  if (!(error instanceof Error)) return masked(String(error));
  if (isDebug) return masked(error.stack ?? error.message);
  const { cause } = error;
  const message = masked(error.message === '' ? error.name : error.message);
  if (!(cause instanceof Error) || message.includes(masked(cause.message))) return message;
  return `${message}\n  because: ${describeError(cause, false)}`;
}

/** Why nothing can listen there, by the keys that say where; any other error as it is. */
export function listenError(
  error: unknown,
  section: 'http' | 'otlpHttp',
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new ConfigError([
      `${section}.port: ${port} is in use; end the program that listens there, or set another port (${environmentName([section, 'port'])})`,
    ]);
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES')
    return new ConfigError([
      `${section}.host, ${section}.port: cannot listen on ${host}:${port} (${code}); choose others`,
    ]);
  return error;
}

/** A configured ClickHouse server that cannot be used, by the keys that say how; an embedded one's error as it is. */
export function storeError(error: unknown, { clickhouse: { url } }: Pick<Config, 'clickhouse'>): unknown {
  if (url === undefined || !(error instanceof Error)) return error;
  return new Error(
    `ClickHouse at ${url}: ${error.message}. Check clickhouse.url, clickhouse.username, clickhouse.password and that the server runs there`,
  );
}
