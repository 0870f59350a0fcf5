/**
 * The Prometheus text format, streamed: lines go in as blocks, chunks come out. A block's values are read at one moment, so those of one
 * histogram always agree; between chunks the event loop gets its turn, so that no scrape, however long, holds anything up.
 */
import { setImmediate } from 'node:timers/promises';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Bytes of a chunk: under a millisecond of rendering. */
export const CHUNK_BYTES_MAX = 64 * 1024;

/** Something with metrics to show. */
export interface MetricsSource {
  render(): AsyncIterable<string>;
}

/** All metrics of several sources, as one body of the text format. Frees the event loop between chunks. */
export async function* renderMetrics(
  sources: readonly MetricsSource[],
): AsyncGenerator<string, void, undefined> {
  for (const source of sources) yield* source.render();
}

/** Blocks of whole lines as chunks of at most CHUNK_BYTES_MAX. Takes a block only when its lines are needed. */
export async function* inChunks(
  blocks: Iterable<readonly string[]>,
): AsyncGenerator<string, void, undefined> {
  let chunk = '';
  let bytes = 0;
  for (const lines of blocks) {
    for (const line of lines) {
      const lineBytes = Buffer.byteLength(line);
      if (bytes > 0 && bytes + lineBytes > CHUNK_BYTES_MAX) {
        yield chunk;
        await setImmediate();
        chunk = '';
        bytes = 0;
      }
      chunk += line;
      bytes += lineBytes;
    }
  }
  if (bytes > 0) yield chunk;
}

export function headLines(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
): readonly string[] {
  return [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
    `# TYPE ${name} ${type}\n`,
  ];
}

/** `labels` as printed between the braces. */
export function sampleLine(name: string, labels: string, value: string): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

/** How whole units are printed as decimals: `perOne` units are 1. */
export interface Scale {
  readonly perOne: bigint;
  /** Digits after the point that show every unit exactly. */
  readonly digits: number;
}

/** `perOne` is a product of twos and fives, so that every value has a finite decimal. */
export function scaleOf(perOne: bigint): Scale {
  let digits = 0;
  for (let power = 1n; power % perOne !== 0n; power *= 10n) digits++;
  return { perOne, digits };
}

/** The exact decimal of a value: what was not weighted prints as an integer, and a larger value never prints as a smaller one. */
export function decimal(units: bigint, { perOne, digits }: Scale): string {
  const whole = units / perOne;
  const rest = units - whole * perOne;
  if (rest === 0n) return whole.toString();
  const fraction = ((rest * 10n ** BigInt(digits)) / perOne).toString().padStart(digits, '0');
  return `${whole}.${fraction.replace(/0+$/, '')}`;
}
