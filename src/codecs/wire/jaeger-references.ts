/** References of a jaeger.api_v2 Span. Which of them is its parent depends on its trace id, which must have been read before. */
import { ID_WORDS } from '../../spans/span-batch.ts';
import { LINK_WORDS } from '../../spans/span-links.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import * as rules from '../jaeger-rules.ts';
import { readId, readTraceId, type WireReader } from './protobuf.ts';

/** Tag of Span's references, and of the fields in one. */
export const REFERENCE = 0x22;
const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const REFERENCE_TYPE = 0x18;
const NONE = -1;

interface Bounds {
  readonly start: number;
  readonly end: number;
}

const reference = new Int32Array(LINK_WORDS);

/** The same for a span with one reference, as most have: its bounds are given. */
export function readReference(wire: WireReader, { start, end }: Bounds, row: number, into: SpanWriter): void {
  const { ids } = into;
  const word = row * ID_WORDS;
  const type = readIds(wire, start, end);
  let same = 0;
  while (same < 4 && reference[same] === ids[word + same]) same++;
  if (same === 4 && (type === rules.REF_CHILD_OF || type === rules.REF_FOLLOWS_FROM)) {
    ids[word + 6] = reference[4]!;
    ids[word + 7] = reference[5]!;
  } else if (into.links.areWanted) {
    into.links.next.set(reference);
    into.links.add(row);
  }
}

/** Sets the parent, and adds the other references as links. */
export function readReferences(
  wire: WireReader,
  { start, end }: Bounds,
  row: number,
  into: SpanWriter,
): void {
  const parent = parentOf(wire, { start, end }, row, into);
  if (!into.links.areWanted) return;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== REFERENCE || at === parent) continue;
    readIds(wire, wire.at, at);
    into.links.next.set(reference);
    into.links.add(row);
  }
}

/** Sets the parent: the first CHILD_OF in the span's own trace, else the first FOLLOWS_FROM in it. Returns where its reference ends. */
function parentOf(wire: WireReader, { start, end }: Bounds, row: number, into: SpanWriter): number {
  const word = row * ID_WORDS;
  const { ids } = into;
  let parent = NONE;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== REFERENCE) continue;
    const type = readIds(wire, wire.at, at);
    let same = 0;
    while (same < 4 && reference[same] === ids[word + same]) same++;
    const isFirst = type === rules.REF_FOLLOWS_FROM && parent === NONE;
    if (same < 4 || (type !== rules.REF_CHILD_OF && !isFirst)) continue;
    ids[word + 6] = reference[4]!;
    ids[word + 7] = reference[5]!;
    parent = at;
    if (type === rules.REF_CHILD_OF) break;
  }
  return parent;
}

/** Reads a SpanRef's ids into `reference` and returns its type. */
function readIds(wire: WireReader, start: number, end: number): number {
  let type: number = rules.REF_CHILD_OF;
  for (let word = 0; word < LINK_WORDS; word++) reference[word] = 0;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field === TRACE_ID) readTraceId(wire, at, reference, 0);
    else if (field === SPAN_ID) readId(wire, at, reference, 4, 2);
    else if (field === REFERENCE_TYPE) type = wire.enumeration();
  }
  return type;
}
