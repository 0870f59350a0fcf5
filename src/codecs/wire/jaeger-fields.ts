/** What the tags and the times of a jaeger.api_v2 Span say together, gathered while it is read. Of tags with one key the last holds. */
import { AttributeKeys } from '../../spans/attribute-keys.ts';
import {
  ID_WORDS,
  SPAN_ATTRIBUTE_BYTES_MAX,
  SPAN_ATTRIBUTES_MAX,
  SPAN_KINDS,
  WEIGHT_ONE,
} from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import * as rules from '../jaeger-rules.ts';
import { weightOfProbability, weightOfTracestate } from '../tracestate.ts';
import type { JaegerTag } from './jaeger-tag.ts';
import type { WireReader } from './protobuf.ts';

/** The tags that are more than attributes, by their place in this list. */
export const KNOWN_TAGS = new AttributeKeys([
  ...rules.FIELD_TAGS,
  'error',
  'http.status_code',
  'sampler.type',
  'sampler.param',
]);
/** The texts of tag `span.kind` by the number of what they name. */
const KINDS = new AttributeKeys(SPAN_KINDS);
export const KIND_TAG = KNOWN_TAGS.column('span.kind');
const STATUS = KNOWN_TAGS.column('otel.status_code');
const TRACESTATE = KNOWN_TAGS.column('w3c.tracestate');
const ERROR = KNOWN_TAGS.column('error');
const HTTP_STATUS = KNOWN_TAGS.column('http.status_code');
const SAMPLER_TYPE = KNOWN_TAGS.column('sampler.type');
const SAMPLER_PARAM = KNOWN_TAGS.column('sampler.param');

/** Where the start and the duration lie in `times`. */
export const START = 0;
export const LASTED = 2;

export class JaegerFields {
  /** Seconds and nanoseconds of the start, then of the duration. */
  readonly times = new Float64Array(4);
  kind = 0;
  /** Tags met that are attributes of the span. */
  #attributes = 0;
  #isError = false;
  #statusText: string | undefined;
  #httpStatus: number | undefined;
  #samplerType = '';
  #samplerParam = Number.NaN;
  readonly #wire: WireReader;
  /** The tag read last. */
  readonly #tag: JaegerTag;

  constructor(wire: WireReader, tag: JaegerTag) {
    this.#wire = wire;
    this.#tag = tag;
  }

  /** Begins a span. */
  clear(): void {
    const { times } = this;
    times[START] = times[START + 1] = times[LASTED] = times[LASTED + 1] = 0;
    this.kind = this.#attributes = 0;
    this.#isError = false;
    this.#samplerType = '';
    this.#statusText = this.#httpStatus = undefined;
    this.#samplerParam = Number.NaN;
  }

  /** Reads the tag in `[start, end)`. */
  readTag(start: number, end: number, row: number, into: SpanWriter): void {
    const { bytes } = this.#wire;
    const tag = this.#tag;
    tag.read(start, end);
    const known = KNOWN_TAGS.columnOf(bytes, tag.keyStart, tag.keyEnd);
    if (known >= 0) this.#readKnown(known, row, into);
    if (known >= 0 && known < rules.FIELD_TAGS.length) return;
    const isFailure = known === ERROR && tag.isTrue;
    if (!isFailure) this.#attributes++;
    if (tag.valueBytes > SPAN_ATTRIBUTE_BYTES_MAX) into.oversized[row] = 1;
    const column = into.options.keys.columnOf(bytes, tag.keyStart, tag.keyEnd);
    if (column >= 0) into.spanAttributes[column]![row] = isFailure ? 0 : tag.valueId(into);
  }

  #readKnown(known: number, row: number, into: SpanWriter): void {
    const tag = this.#tag;
    const { bytes } = this.#wire;
    if (known === KIND_TAG) this.kind = Math.max(0, KINDS.columnOf(bytes, tag.textStart, tag.textEnd));
    else if (known === STATUS) this.#statusText = tag.string(into);
    else if (known === ERROR) this.#isError = tag.isTrue;
    else if (known === HTTP_STATUS) this.#httpStatus = tag.httpStatus(into);
    else if (known === TRACESTATE) into.weight[row] = weightOfTracestate(bytes, tag.textStart, tag.textEnd);
    else if (known === SAMPLER_TYPE) this.#samplerType = tag.string(into);
    else if (known === SAMPLER_PARAM) this.#samplerParam = tag.number(into);
  }

  /** Sets the times, and what depends on several fields; the parent must be known. */
  settle(row: number, into: SpanWriter): void {
    const { times } = this;
    const startS = times[START]!;
    const startNs = times[START + 1]!;
    const durationS = times[LASTED]!;
    const durationNs = times[LASTED + 1]!;
    rules.checkTimestamp(startS, startNs);
    rules.checkDuration(durationS, durationNs);
    into.setTimesInSeconds(row, startS, startNs, durationS, durationNs);
    this.settleTags(row, into);
  }

  /** Sets what tags say together; the parent must be known. */
  settleTags(row: number, into: SpanWriter): void {
    const { kind } = this;
    if (this.#attributes > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
    into.kind[row] = kind;
    const status = { error: this.#isError, statusCode: this.#statusText, httpStatus: this.#httpStatus };
    into.status[row] = rules.statusOfTags(status, kind);
    if (into.options.weightFromSamplerParam !== true || into.weight[row] !== WEIGHT_ONE) return;
    const word = row * ID_WORDS;
    const isRoot = into.ids[word + 6] === 0 && into.ids[word + 7] === 0;
    if (isRoot && rules.isProbabilistic(this.#samplerType))
      into.weight[row] = weightOfProbability(this.#samplerParam);
  }
}
