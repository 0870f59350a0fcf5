/** The corpus in the batches that different senders make of it. */
import { type Corpus, type CorpusOptions, makeCorpus } from './corpus.ts';

export const CORPORA: Readonly<Record<string, Omit<CorpusOptions, 'spans'>>> = {
  /** A collector's batches, and what the other benchmarks read: 8 pods, 25 spans each. */
  collector: {},
  /** An SDK's batches: one pod, 200 spans. */
  sdk: { resourcesPerMessage: 1, spansPerResource: 200 },
  /** A collector behind many small senders: 70 ResourceSpans, 3 spans each. */
  mixed: { resourcesPerMessage: 70, spansPerResource: 3 },
  /** A topic keyed by trace id: one trace a message. */
  keyed: { isKeyed: true },
};

export function makeNamedCorpus(name: string, spans: number): Corpus {
  const options = CORPORA[name];
  if (options === undefined) throw new Error(`no corpus ${name}: ${Object.keys(CORPORA).join(', ')}`);
  return makeCorpus({ spans, ...options });
}

export interface CorpusShape {
  readonly messages: number;
  readonly spans_per_message: number;
  readonly resources_per_message: number;
  readonly bytes_per_span: number;
}

/** What a corpus is like, read off its bytes. */
export function shapeOf({ messages, spans, bytes }: Corpus): CorpusShape {
  const resources = messages.reduce((sum, message) => sum + fieldsOf(message), 0);
  const tenths = (value: number): number => Math.round(value * 10) / 10;
  return {
    messages: messages.length,
    spans_per_message: tenths(spans / messages.length),
    resources_per_message: tenths(resources / messages.length),
    bytes_per_span: tenths(bytes / spans),
  };
}

/** Fields of an OTLP message, all of them ResourceSpans: a byte of key and a length each. */
function fieldsOf(message: Uint8Array): number {
  let fields = 0;
  for (let at = 0; at < message.length; fields++) {
    let length = 0;
    at++;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  return fields;
}
