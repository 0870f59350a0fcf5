/** Jaeger's spans, a message each, through the kernel. */
import type { RunReader } from '../codecs/codec.ts';
import type { Messages } from '../codecs/messages.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { kernel } from './instance.ts';
import { Ahead, tagKeysOf } from './jaeger-ahead.ts';

/** Reads messages for a writer; undefined where there is no kernel, the writer wants more keys than it takes, or one message comes alone. */
export function openSpanRuns(messages: Messages, writer: SpanWriter): RunReader | undefined {
  const { image, known } = tagKeysOf(writer.options.keys);
  if (kernel === undefined || image === null || messages.length < 2) return undefined;
  return new Ahead(kernel, messages, writer, image, known);
}
