/** OTLP messages through the kernel: its columns into the writer's, its tokens into dictionary ids. */
import { DecodeError } from '../codecs/decode-error.ts';
import { weightOfTracestate } from '../codecs/tracestate.ts';
import { internAnyValue } from '../codecs/wire/any-value.ts';
import { readLink } from '../codecs/wire/otlp-link.ts';
import { beginResource, readResource } from '../codecs/wire/otlp-resource.ts';
import { WireReader } from '../codecs/wire/protobuf.ts';
import { ID_WORDS } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { kernel, type Kernel } from './instance.ts';
import { keyImage } from './key-image.ts';
import {
  EPOCH,
  HIT_COUNT,
  INPUT,
  INPUT_BYTES_MAX,
  LINK_COUNT,
  RESOURCE_COUNT,
  ROW_BITS,
  ROWS_MAX,
  TEXT_COUNT,
  TRACESTATE_COUNT,
} from './layout.ts';
import { type Memos, memosOf } from './memos.ts';

/** The message being decoded, for what the kernel did not know yet. Reading it begins only then. */
const wire = new WireReader();
let message: Uint8Array;

/** Whether the message was decoded; where it was not, the writer is as it was before. */
export function decodeByKernel(bytes: Uint8Array, into: SpanWriter): boolean {
  if (kernel === undefined || bytes.length > INPUT_BYTES_MAX) return false;
  const image = keyImage(into.options.keys);
  if (image === null) return false;
  kernel.want(image);
  kernel.holder = undefined;
  kernel.input.set(bytes);
  const rows = kernel.decode(bytes.length, into.links.areWanted ? 1 : 0);
  if (rows < 0) return false;
  message = bytes;
  const first = into.length;
  try {
    write(kernel, rows, into);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Which error is the first of several only the plain reader can say.
    into.length = first;
    return false;
  }
}

function write(from: Kernel, rows: number, into: SpanWriter): void {
  const { counts } = from;
  const memos = memosOf(into);
  memos.prepare(counts[TEXT_COUNT]!, counts[EPOCH]!, into.dictionary.epoch);
  const first = into.addRows(rows);
  copyColumns(from, rows, first, into);
  writeResources(from, rows, first, memos, into);
  writeOperations(from, rows, first, memos, into);
  writeValues(from, first, memos, into);
  for (let at = 0; at < counts[TRACESTATE_COUNT]! * 4; at += 4) {
    const start = position(from.tracestates[at + 1]!);
    const end = position(from.tracestates[at + 2]!);
    into.weight[first + from.tracestates[at]!] = weightOfTracestate(wire.bytes, start, end);
  }
  for (let at = 0; at < counts[LINK_COUNT]! * 4; at += 4)
    readLink(
      wire,
      position(from.links[at + 1]!),
      position(from.links[at + 2]!),
      first + from.links[at]!,
      into,
    );
}

function copyColumns(from: Kernel, rows: number, first: number, into: SpanWriter): void {
  into.ids.set(from.ids.subarray(0, rows * ID_WORDS), first * ID_WORDS);
  into.startUs.set(from.startUs.subarray(0, rows), first);
  into.endUs.set(from.endUs.subarray(0, rows), first);
  into.durationUs.set(from.durationUs.subarray(0, rows), first);
  into.kind.set(from.kind.subarray(0, rows), first);
  into.status.set(from.status.subarray(0, rows), first);
  into.reversed.set(from.reversed.subarray(0, rows), first);
  into.oversized.set(from.oversized.subarray(0, rows), first);
}

function writeResources(from: Kernel, rows: number, first: number, memos: Memos, into: SpanWriter): void {
  const { resources } = from;
  const end = from.counts[RESOURCE_COUNT]! * 4;
  for (let at = 0; at < end; at += 4) {
    const known = memos.resources.of(resourceKey(resources[at + 1]!, into));
    beginResource(into);
    if (known === undefined) readNewResource(resources, at, memos, into);
    else {
      into.resourceService = known.service;
      if (known.tenant !== 0) into.resourceTenant = known.tenant;
      into.resourceValues.set(known.values);
    }
    const stop = at + 4 < end ? resources[at + 4]! : rows;
    fillRows(first + resources[at]!, first + stop, into);
  }
}

/** A Resource may name the tenant to one message and not to the next, whose header did: they are two to the memos. */
function resourceKey(token: number, { tenantKey }: SpanWriter): number {
  return tenantKey === undefined ? token : -token;
}

/** Sets what the rows `[start, end)` have of the current resource. Loops, because most resources have few rows. */
function fillRows(start: number, end: number, into: SpanWriter): void {
  const { tenant, service, resourceTenant, resourceService, resourceValues } = into;
  for (let row = start; row < end; row++) {
    tenant[row] = resourceTenant;
    service[row] = resourceService;
  }
  for (let key = 0; key < resourceValues.length; key++) {
    const column = into.resourceAttributes[key]!;
    const value = resourceValues[key]!;
    if (value === 0) continue;
    for (let row = start; row < end; row++) column[row] = value;
  }
}

function readNewResource(resources: Int32Array, at: number, memos: Memos, into: SpanWriter): void {
  const hasTenant = readResource(wire, position(resources[at + 2]!), position(resources[at + 3]!), into);
  const { resourceService: service, resourceTenant, resourceValues } = into;
  const tenant = hasTenant ? resourceTenant : 0;
  memos.resources.remember(resourceKey(resources[at + 1]!, into), {
    service,
    tenant,
    values: resourceValues.slice(),
  });
}

function writeOperations(from: Kernel, rows: number, first: number, memos: Memos, into: SpanWriter): void {
  const { name, nameStart, nameEnd } = from;
  const { operations } = memos;
  const { operation } = into;
  for (let row = 0; row < rows; row++) {
    const token = name[row]!;
    let id = operations[token]!;
    if (id === 0) {
      id = into.names.operation(message, nameStart[row]! - INPUT, nameEnd[row]! - INPUT);
      if (token !== 0) operations[token] = id;
    }
    operation[first + row] = id;
  }
}

function writeValues(from: Kernel, first: number, memos: Memos, into: SpanWriter): void {
  const { hits, counts } = from;
  const { values } = memos;
  const { spanAttributes } = into;
  const end = counts[HIT_COUNT]! * 4;
  for (let at = 0; at < end; at += 4) {
    const place = hits[at]!;
    const column = spanAttributes[place >>> ROW_BITS]!;
    const row = first + (place & (ROWS_MAX - 1));
    // Of attributes with one key the first holds.
    if (column[row] !== 0) continue;
    const token = hits[at + 1]!;
    let id = values[token]!;
    if (id === 0) {
      id = internAnyValue(wire, position(hits[at + 2]!), position(hits[at + 3]!), into);
      if (token !== 0) values[token] = id;
    }
    column[row] = id;
  }
}

/** Where the byte at this address of the kernel's stands in the original, which is loaded. */
function position(address: number): number {
  wire.load(message);
  return address === 0 ? 0 : address - INPUT + message.byteOffset;
}
