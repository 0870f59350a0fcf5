/**
 * Weir's log: pino, on standard error, since standard output belongs to results. JSON lines, or on a terminal one readable line a
 * message, formatted in place without another process.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import { masked } from './config/secret.ts';
import { type Colors, type Terminal, colorsFor } from './terminal.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  readonly format: 'auto' | 'json' | 'pretty';
}

export function createLogger({ level, format }: LogOptions, terminal: Terminal): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && terminal.isInteractive);
  const destination: DestinationStream = isPretty ? prettyDestination(terminal) : terminal;
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: errorFields } },
    destination,
  );
}

/** What the log says of an error: no secret, and no stack, unless WEIR_DEBUG asks for it. */
function errorFields(error: unknown): unknown {
  if (typeof error === 'string') return masked(error);
  if (!(error instanceof Error)) return error;
  const { name } = error;
  const message = masked(error.message);
  return process.env['WEIR_DEBUG'] === undefined
    ? { name, message }
    : { name, message, stack: masked(error.stack ?? '') };
}

const LEVELS: Readonly<Record<number, readonly [string, (colors: Colors) => (text: string) => string]>> = {
  10: ['trace', ({ gray }) => gray],
  20: ['debug', ({ gray }) => gray],
  30: ['info ', ({ green }) => green],
  40: ['warn ', ({ yellow }) => yellow],
  50: ['error', ({ red }) => red],
  60: ['fatal', ({ red }) => red],
};

interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
}

function prettyDestination(terminal: Terminal): DestinationStream {
  const colors = colorsFor(terminal);
  return {
    write(json) {
      const { level, time, msg = '', ...fields } = JSON.parse(json) as LogLine;
      const [name, colorOf] = LEVELS[level] ?? [String(level), ({ white }) => white];
      const rest = Object.entries(fields).map(([key, value]) => colors.gray(` ${key}=${fieldText(value)}`));
      terminal.write(`${colors.gray(time.slice(11, 19))} ${colorOf(colors)(name)} ${msg}${rest.join('')}\n`);
    },
  };
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return JSON.stringify(value);
}
