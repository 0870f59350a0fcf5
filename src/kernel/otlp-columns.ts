/**
 * OTLP messages through the kernel, whatever their encoding: its columns into the writer's, its tokens into dictionary ids. What the
 * kernel found and nobody knows yet is read by the functions that the plain reader of that encoding uses.
 */
import { DecodeError } from '../codecs/decode-error.ts';
import { ID_WORDS } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { kernel, type Kernel } from './instance.ts';
import { keyImage } from './key-image.ts';
import {
  EPOCH,
  HIT_COUNT,
  INPUT_BYTES_MAX,
  LINK_COUNT,
  RESOURCE_COUNT,
  ROW_BITS,
  ROWS_MAX,
  TEXT_COUNT,
  TRACESTATE_COUNT,
} from './layout.ts';
import type { KnownResource, Memos } from './memos.ts';

/** One encoding of OTLP. What is in the message starts and ends at addresses of the kernel's: 0 where there is none. */
export interface OtlpEncoding {
  /** Decodes the message in the kernel's input; its number of spans, or -1. */
  decode(by: Kernel, length: number, wantsLinks: number): number;
  /** Makes a message the one that the functions below read. */
  open(message: Uint8Array): void;
  memosOf(writer: SpanWriter): Memos;
  /** Reads the resource that `into` has begun; whether it names the tenant. */
  readResource(start: number, end: number, into: SpanWriter): boolean;
  /** Dictionary ids of a name, and of a wanted value. */
  operation(start: number, end: number, into: SpanWriter): number;
  value(start: number, end: number, into: SpanWriter): number;
  /** The sampling weight that a tracestate gives. */
  weight(start: number, end: number): number;
  /** Reads what the kernel noted of a row's links. */
  readLinks(start: number, end: number, row: number, into: SpanWriter): void;
}

/** Whether the message was decoded; where it was not, the writer is as it was before. */
export function decodeOtlp(encoding: OtlpEncoding, bytes: Uint8Array, into: SpanWriter): boolean {
  if (kernel === undefined || bytes.length > INPUT_BYTES_MAX) return false;
  const image = keyImage(into.options.keys);
  if (image === null) return false;
  kernel.want(image);
  kernel.holder = undefined;
  kernel.input.set(bytes);
  const rows = encoding.decode(kernel, bytes.length, into.links.areWanted ? 1 : 0);
  if (rows < 0) return false;
  encoding.open(bytes);
  const first = into.length;
  try {
    write(kernel, encoding, rows, into);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Which error is the first of several only the plain reader can say.
    into.length = first;
    return false;
  }
}

function write(from: Kernel, encoding: OtlpEncoding, rows: number, into: SpanWriter): void {
  const { counts, tracestates, links } = from;
  const memos = encoding.memosOf(into);
  memos.prepare(counts[TEXT_COUNT]!, counts[EPOCH]!, into.dictionary.epoch);
  const first = into.addRows(rows);
  const columns: Columns = { from, encoding, memos, rows, first, into };
  copyColumns(columns);
  writeResources(columns);
  writeOperations(columns);
  writeValues(columns);
  for (let at = 0; at < counts[TRACESTATE_COUNT]! * 4; at += 4)
    into.weight[first + tracestates[at]!] = encoding.weight(tracestates[at + 1]!, tracestates[at + 2]!);
  for (let at = 0; at < counts[LINK_COUNT]! * 4; at += 4)
    encoding.readLinks(links[at + 1]!, links[at + 2]!, first + links[at]!, into);
}

/** The rows of the kernel's that become those of the writer's from `first` on. */
interface Columns {
  readonly from: Kernel;
  readonly encoding: OtlpEncoding;
  readonly memos: Memos;
  readonly rows: number;
  readonly first: number;
  readonly into: SpanWriter;
}

function copyColumns({ from, rows, first, into }: Columns): void {
  into.ids.set(from.ids.subarray(0, rows * ID_WORDS), first * ID_WORDS);
  into.startUs.set(from.startUs.subarray(0, rows), first);
  into.endUs.set(from.endUs.subarray(0, rows), first);
  into.durationUs.set(from.durationUs.subarray(0, rows), first);
  into.kind.set(from.kind.subarray(0, rows), first);
  into.status.set(from.status.subarray(0, rows), first);
  into.reversed.set(from.reversed.subarray(0, rows), first);
  into.oversized.set(from.oversized.subarray(0, rows), first);
}

function writeResources({ from, encoding, memos, rows, first, into }: Columns): void {
  const { resources } = from;
  const end = from.counts[RESOURCE_COUNT]! * 4;
  for (let at = 0; at < end; at += 4) {
    const key = resourceKey(resources[at + 1]!, into);
    const known = memos.resources.of(key);
    into.beginResource();
    if (known === undefined) {
      const hasTenant = encoding.readResource(resources[at + 2]!, resources[at + 3]!, into);
      memos.resources.remember(key, resourceRead(hasTenant, into));
    } else {
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

function resourceRead(hasTenant: boolean, into: SpanWriter): KnownResource {
  const { resourceService: service, resourceTenant, resourceValues } = into;
  return { service, tenant: hasTenant ? resourceTenant : 0, values: resourceValues.slice() };
}

function writeOperations({ from, encoding, memos, rows, first, into }: Columns): void {
  const { name, nameStart, nameEnd } = from;
  const { operations } = memos;
  const { operation } = into;
  for (let row = 0; row < rows; row++) {
    const token = name[row]!;
    let id = operations[token]!;
    if (id === 0) {
      id = encoding.operation(nameStart[row]!, nameEnd[row]!, into);
      if (token !== 0) operations[token] = id;
    }
    operation[first + row] = id;
  }
}

function writeValues({ from, encoding, memos, first, into }: Columns): void {
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
      id = encoding.value(hits[at + 2]!, hits[at + 3]!, into);
      if (token !== 0) values[token] = id;
    }
    column[row] = id;
  }
}
