/** How commands end: exit codes, and what a person is told when one fails. */
import { ConfigError } from '../config/config-error.ts';

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
  if (!(error instanceof Error)) return String(error);
  if (isDebug) return error.stack ?? error.message;
  const { cause } = error;
  const message = error.message === '' ? error.name : error.message;
  if (!(cause instanceof Error) || message.includes(cause.message)) return message;
  return `${message}\n  because: ${describeError(cause, false)}`;
}
