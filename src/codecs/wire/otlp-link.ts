/** OTLP's Span.Link in protobuf: the ids of the span it names. */
import type { SpanWriter } from '../../spans/span-writer.ts';
import { readId, type WireReader } from './protobuf.ts';

const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;

/** Reads the value of a row's link, at `at`, where links are wanted, and returns where the next field begins. */
export function readLink(
  wire: WireReader,
  start: number,
  end: number,
  row: number,
  { links }: SpanWriter,
): number {
  const stop = wire.lengthEnd(start, end);
  if (!links.areWanted) return stop;
  links.next.fill(0);
  for (let at = wire.at; at < stop;) {
    const tag = wire.tag(at, stop);
    at = wire.skip(tag, wire.at, stop);
    if (tag === TRACE_ID) readId(wire, at, links.next, 0, 4);
    else if (tag === SPAN_ID) readId(wire, at, links.next, 4, 2);
  }
  links.add(row);
  return stop;
}
