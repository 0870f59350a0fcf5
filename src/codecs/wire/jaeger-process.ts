/**
 * The Process of a jaeger.api_v2 Span as the resource of its row: its service name and its tags. The last service name holds, and of tags
 * with one key the last; a tag `service.name` is stronger than the field.
 */
import { Buffer } from 'node:buffer';
import { AttributeKeys } from '../../spans/attribute-keys.ts';
import { SERVICE_NAME_WRONG_TYPE } from '../../spans/sanitize.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { NO_SERVICE_NAME } from '../jaeger-rules.ts';
import type { JaegerTag } from './jaeger-tag.ts';
import { isText, type WireReader } from './protobuf.ts';

/** Tag of Span's process, and of the fields in it. */
export const PROCESS = 0x52;
const SERVICE_NAME = 0x0a;
const TAG = 0x12;

const NONE = Buffer.from(NO_SERVICE_NAME);
const KNOWN = new AttributeKeys(['service.name', 'hostname']);
const SERVICE_TAG = KNOWN.column('service.name');
const HOSTNAME_TAG = KNOWN.column('hostname');
const HOST_KEY = 'host.name';

let nameStart = 0;
let nameEnd = 0;
let hostname = 0;

interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** Reads every Process of the span in `[start, end)`, as if they were one. */
export function readProcesses(wire: WireReader, tag: JaegerTag, span: Bounds, into: SpanWriter): void {
  begin(into);
  eachProcess(wire, span, (process) => findName(wire, process));
  if (!setName(wire, into)) return;
  eachProcess(wire, span, (process) => readTags(wire, tag, process, into));
  end(into);
}

/** Reads the one Process in `[start, end)`. */
export function readProcess(wire: WireReader, tag: JaegerTag, process: Bounds, into: SpanWriter): void {
  begin(into);
  findName(wire, process);
  if (!setName(wire, into)) return;
  readTags(wire, tag, process, into);
  end(into);
}

function begin(into: SpanWriter): void {
  into.beginResource();
  nameStart = nameEnd = hostname = 0;
}

function eachProcess(wire: WireReader, { start, end }: Bounds, onProcess: (process: Bounds) => void): void {
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field === PROCESS) onProcess({ start: wire.at, end: at });
  }
}

function findName(wire: WireReader, { start, end }: Bounds): void {
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== SERVICE_NAME) continue;
    nameStart = wire.at;
    nameEnd = at;
  }
}

/** False where the name is that of a process without one. */
function setName(wire: WireReader, into: SpanWriter): boolean {
  if (isText(wire, NONE, nameStart, nameEnd)) return false;
  if (nameEnd > nameStart) into.resourceService = into.names.service(wire.bytes, nameStart, nameEnd);
  return true;
}

function readTags(wire: WireReader, tag: JaegerTag, { start, end }: Bounds, into: SpanWriter): void {
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== TAG) continue;
    tag.read(wire.at, at);
    readTag(wire, tag, into);
  }
}

function end(into: SpanWriter): void {
  const host = into.options.keys.column(HOST_KEY);
  if (hostname !== 0 && host >= 0 && into.resourceValues[host] === 0) into.resourceValues[host] = hostname;
}

function readTag(wire: WireReader, tag: JaegerTag, into: SpanWriter): void {
  const { bytes } = wire;
  const { tenantKey } = into;
  const known = KNOWN.columnOf(bytes, tag.keyStart, tag.keyEnd);
  if (known === SERVICE_TAG)
    into.resourceService = tag.isString
      ? into.names.service(bytes, tag.textStart, tag.textEnd)
      : into.dictionary.internText(SERVICE_NAME_WRONG_TYPE);
  else if (known === HOSTNAME_TAG) hostname = tag.valueId(into);
  if (tenantKey !== undefined && isText(wire, tenantKey, tag.keyStart, tag.keyEnd))
    into.setResourceTenant(into.dictionary.text(tag.valueId(into)));
  const column = into.options.keys.columnOf(bytes, tag.keyStart, tag.keyEnd);
  if (column >= 0) into.resourceValues[column] = tag.valueId(into);
}
