/**
 * One corpus over and over as OTLP messages that never repeat: each pass in traces of its own, later than the one before, and with other
 * durations. For more spans than can be made, or held, at a time.
 */
import { WireReader } from '../../src/codecs/wire/protobuf.ts';
import { type Corpus, makeCorpus, START_NS } from './corpus.ts';

export interface TrafficOptions {
  /** Spans until the corpus comes again. */
  readonly spans: number;
  /** By the spans' own clocks. */
  readonly spansPerS: number;
  /** Of each service. */
  readonly operations: number;
}

export interface Message {
  readonly bytes: Uint8Array;
  /** When a collector would have sent it, Unix ms. */
  readonly recordMs: number;
}

/** Of the corpus' traces, on average. */
const SPANS_PER_TRACE = 32.5;
const NS_PER_S = 1e9;
/** Longer than nearly every trace lasts. */
const COLLECTED_MS = 1000;
/** Passes until durations come again, and by how much each pass makes them longer. */
const DURATIONS = 16;
const LONGER = 2 ** (1 / 64);

export class EndlessTraffic {
  readonly spansPerMessage: number;
  readonly #corpus: Corpus;
  readonly #passNs: number;
  #sent = 0;

  constructor({ spans, spansPerS, operations }: TrafficOptions) {
    const traceNs = BigInt(Math.round((SPANS_PER_TRACE / spansPerS) * NS_PER_S));
    this.#corpus = makeCorpus({ spans, operations, traceNs });
    this.#passNs = (this.#corpus.spans / spansPerS) * NS_PER_S;
    this.spansPerMessage = this.#corpus.spans / this.#corpus.messages.length;
  }

  get messagesSent(): number {
    return this.#sent;
  }

  get spansSent(): number {
    return this.#sent * this.spansPerMessage;
  }

  next(): Message {
    const { messages } = this.#corpus;
    const pass = Math.floor(this.#sent / messages.length);
    const bytes = messages[this.#sent % messages.length]!.slice();
    restamp(bytes, { pass, shiftNs: BigInt(Math.round(pass * this.#passNs)) });
    const sinceStartNs = (this.#sent++ / messages.length) * this.#passNs;
    return { bytes, recordMs: Math.round((Number(START_NS) + sinceStartNs) / 1e6) + COLLECTED_MS };
  }
}

interface Stamp {
  readonly pass: number;
  readonly shiftNs: bigint;
}

const LENGTH_DELIMITED = 2;
/** From ExportTraceServiceRequest down: resource_spans, scope_spans, spans. */
const PATH = [1, 2, 2];
const TRACE_ID = 1;
const START = 7;
const END = 8;

const wire = new WireReader();

/** Changes an OTLP message of this corpus in place: trace ids, starts and durations. */
function restamp(bytes: Uint8Array, stamp: Stamp): void {
  const end = wire.load(bytes);
  const within = (depth: number, from: number, to: number): void => {
    if (depth === PATH.length) restampSpan(from, to, stamp);
    else
      eachField(from, to, (field, start, stop) => {
        if (field === PATH[depth]) within(depth + 1, start, stop);
      });
  };
  within(0, wire.at, end);
}

function restampSpan(from: number, to: number, { pass, shiftNs }: Stamp): void {
  const { view } = wire;
  let startNs = 0n;
  eachField(from, to, (field, at) => {
    if (field === TRACE_ID) view.setInt32(at, view.getInt32(at) ^ pass);
    else if (field === START) {
      startNs = view.getBigUint64(at, true);
      view.setBigUint64(at, startNs + shiftNs, true);
    } else if (field === END) {
      const durationNs = Number(view.getBigUint64(at, true) - startNs) * LONGER ** (pass % DURATIONS);
      view.setBigUint64(at, startNs + shiftNs + BigInt(Math.floor(durationNs)), true);
    }
  });
}

/** Calls `see` with the number of each field and where its value stands. */
function eachField(from: number, to: number, see: (field: number, start: number, end: number) => void): void {
  for (let at = from; at < to;) {
    const tag = wire.tag(at, to);
    const value = wire.at;
    at = wire.skip(tag, value, to);
    // A length stands before its content.
    see(tag >>> 3, (tag & 7) === LENGTH_DELIMITED ? wire.at : value, at);
  }
}
