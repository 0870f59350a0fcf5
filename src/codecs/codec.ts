/**
 * A codec turns the bytes of one message into rows of a batch. One file of this folder each, default-exported and found by its
 * file name: `otlp-proto.ts` is encoding `otlp_proto`.
 */
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Messages } from './messages.ts';

export interface Codec {
  /**
   * Adds the message's spans to `into`, whose `begin` was called. Throws DecodeError and nothing else, whatever the bytes;
   * the caller then rolls the message back. Never recurses on input.
   */
  decode(message: Uint8Array, into: SpanWriter): void;
  /** Reads these messages for a writer in runs, where one by one costs more. Undefined where it would not. */
  readonly openRuns?: (messages: Messages, into: SpanWriter) => RunReader | undefined;
}

/** Messages of one span each that lie side by side. No result depends on it: what it does not take is for `decode`. */
export interface RunReader {
  /** How many messages from one on it can read at once. */
  readable(first: number): number;
  /**
   * Adds their spans as `decode` does, as if all were of the message that `begin` named last, and returns how many it added: it ends before
   * one that may be damaged.
   */
  read(first: number, count: number): number;
  /** Bytes of the messages read last. */
  readonly bytes: number;
}

export const ENCODINGS = [
  'auto',
  'otlp_proto',
  'otlp_json',
  'jaeger_proto',
  'jaeger_json',
  'zipkin_json',
  'zipkin_proto',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Loads the codec of an encoding. */
export async function loadCodec(encoding: Encoding): Promise<Codec> {
  const file = new URL(
    `./${encoding.replace('_', '-')}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
  const loaded = (await import(file.href)) as { readonly default: Codec };
  return loaded.default;
}
