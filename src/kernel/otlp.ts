/** OTLP's protobuf through the kernel. */
import { weightOfTracestate } from '../codecs/tracestate.ts';
import { internAnyValue } from '../codecs/wire/any-value.ts';
import { readLink } from '../codecs/wire/otlp-link.ts';
import { beginResource, readResource } from '../codecs/wire/otlp-resource.ts';
import { WireReader } from '../codecs/wire/protobuf.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { INPUT } from './layout.ts';
import { protobufMemos } from './memos.ts';
import { decodeOtlp, type OtlpEncoding } from './otlp-columns.ts';

/** The message being decoded. Its buffer is looked at only where there is something to read. */
const wire = new WireReader();
let message: Uint8Array;

/** Whether the message was decoded; where it was not, the writer is as it was before. */
export function decodeByKernel(bytes: Uint8Array, into: SpanWriter): boolean {
  return decodeOtlp(protobuf, bytes, into);
}

const protobuf: OtlpEncoding = {
  decode: (by, length, wantsLinks) => by.decode(length, wantsLinks),
  open(bytes) {
    message = bytes;
  },
  memosOf: (writer) => protobufMemos.of(writer),
  readResource(start, end, into) {
    beginResource(into);
    return readResource(wire, position(start), position(end), into);
  },
  operation: (start, end, into) => into.names.operation(message, start - INPUT, end - INPUT),
  value: (start, end, into) => internAnyValue(wire, position(start), position(end), into),
  weight(start, end) {
    const from = position(start);
    return weightOfTracestate(wire.bytes, from, position(end));
  },
  readLinks(start, end, row, into) {
    readLink(wire, position(start), position(end), row, into);
  },
};

/** Where the byte at this address of the kernel's stands in the original, which is loaded. */
function position(address: number): number {
  wire.load(message);
  return address === 0 ? 0 : address - INPUT + message.byteOffset;
}
