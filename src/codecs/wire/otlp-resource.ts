/** OTLP's Resource in protobuf: service name, tenant and wanted attributes of the spans to come. Of attributes with one key the first holds. */
import { Buffer } from 'node:buffer';
import { SERVICE_NAME_WRONG_TYPE } from '../../spans/sanitize.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { internAnyValue, type KeyValue, readKeyValue, stringEnd } from './any-value.ts';
import { isText, type WireReader } from './protobuf.ts';

const ATTRIBUTE = 0x0a;
const SERVICE_NAME = Buffer.from('service.name');

const pair: KeyValue = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
/** What the resource being read has named so far. */
let hasService = false;
let hasTenant = false;

/** Starts the resource of a ResourceSpans. */
export function beginResource(into: SpanWriter): void {
  into.beginResource();
  hasService = hasTenant = false;
}

/** Reads the Resource `[start, end)`; whether it, or one before it, names the tenant. */
export function readResource(wire: WireReader, start: number, end: number, into: SpanWriter): boolean {
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    if (tag === ATTRIBUTE) readAttribute(wire, wire.at, at, into);
  }
  return hasTenant;
}

function readAttribute(wire: WireReader, start: number, end: number, into: SpanWriter): void {
  readKeyValue(wire, start, end, pair);
  const { keyStart, keyEnd, valueStart, valueEnd } = pair;
  if (!hasService && isText(wire, SERVICE_NAME, keyStart, keyEnd)) {
    hasService = true;
    const stop = stringEnd(wire, valueStart, valueEnd);
    into.resourceService =
      stop < 0
        ? into.dictionary.internText(SERVICE_NAME_WRONG_TYPE)
        : into.names.service(wire.bytes, wire.at, stop);
  }
  const { tenantKey } = into;
  if (tenantKey !== undefined && !hasTenant && isText(wire, tenantKey, keyStart, keyEnd)) {
    hasTenant = true;
    into.setResourceTenant(into.dictionary.text(internAnyValue(wire, valueStart, valueEnd, into)));
  }
  const column = into.options.keys.columnOf(wire.bytes, keyStart, keyEnd);
  if (column >= 0 && into.resourceValues[column] === 0)
    into.resourceValues[column] = internAnyValue(wire, valueStart, valueEnd, into);
}
