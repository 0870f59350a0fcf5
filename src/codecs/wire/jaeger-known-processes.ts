/**
 * What processes were read as, found again by their bytes: every span repeats its process, and reading one costs as much as the
 * rest of the span. A place holds the process that came there last; a crafted one can push another out, which is then read again.
 */
import type { SpanWriter } from '../../spans/span-writer.ts';
import { readProcess } from './jaeger-process.ts';
import type { JaegerTag } from './jaeger-tag.ts';
import type { WireReader } from './protobuf.ts';

/** Processes remembered a writer, a power of two, and the bytes of the longest. */
const PLACES = 512;
const BYTES_MAX = 2048;

/** What a process said of its spans. */
export interface KnownProcess {
  /** A process that names no tenant is of its message's. */
  readonly messageTenant: number;
  /** What a process may have named its tenant by; a message whose header names it asks no process. */
  readonly tenantKey: Uint8Array | undefined;
  readonly service: number;
  readonly tenant: number;
  readonly values: Int32Array;
}

interface PlacedProcess extends KnownProcess {
  readonly bytes: DataView;
}

/** Whether a known process says to the message just begun what it said before. */
export function holdsFor(known: KnownProcess, { resourceTenant, tenantKey }: SpanWriter): boolean {
  return known.messageTenant === resourceTenant && known.tenantKey === tenantKey;
}

/** Makes a known process the resource of the message just begun. */
export function useProcess(known: KnownProcess, into: SpanWriter): void {
  into.resourceService = known.service;
  into.resourceTenant = known.tenant;
  const { values } = known;
  const { resourceValues } = into;
  for (let column = 0; column < values.length; column++) resourceValues[column] = values[column]!;
}

/** Makes the process in `[start, end)` the resource of the message just begun, and returns what it said. */
export function learnProcess(
  wire: WireReader,
  tag: JaegerTag,
  process: { readonly start: number; readonly end: number },
  into: SpanWriter,
): KnownProcess {
  const { resourceTenant: messageTenant, tenantKey } = into;
  readProcess(wire, tag, process, into);
  const { resourceService: service, resourceTenant: tenant, resourceValues } = into;
  return { messageTenant, tenantKey, service, tenant, values: resourceValues.slice() };
}

export class KnownProcesses {
  readonly #writer: SpanWriter;
  readonly #places: (PlacedProcess | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  /** Ids mean nothing after a compaction. */
  #epoch: number;

  constructor(writer: SpanWriter) {
    this.#writer = writer;
    this.#epoch = writer.dictionary.epoch;
  }

  /** Makes the process in `[start, end)` the resource of the message just begun. */
  read(wire: WireReader, tag: JaegerTag, start: number, end: number): void {
    const writer = this.#writer;
    writer.beginResource();
    const length = end - start;
    if (length < 4 || length > BYTES_MAX) {
      readProcess(wire, tag, { start, end }, writer);
      return;
    }
    if (this.#epoch !== writer.dictionary.epoch) {
      this.#epoch = writer.dictionary.epoch;
      this.#places.fill(undefined);
    }
    const { view } = wire;
    const place = placeOf(view, start, length);
    const known = this.#places[place];
    if (known !== undefined && holdsFor(known, writer) && equals(known.bytes, view, start, length)) {
      useProcess(known, writer);
      return;
    }
    const learnt = learnProcess(wire, tag, { start, end }, writer);
    this.#places[place] = { ...learnt, bytes: new DataView(wire.bytes.slice(start, end).buffer) };
  }
}

/** By the length, the last word, the middle one, and every fourth from the first. */
function placeOf(view: DataView, start: number, length: number): number {
  const end = start + length - 4;
  let hash = Math.imul(length ^ view.getInt32(end), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32((start + end) >> 1), 0x85ebca6b);
  for (let at = start; at < end; at += 16)
    hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32(at), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & (PLACES - 1);
}

/** Compares four bytes a step; the last step may overlap the one before. */
function equals(known: DataView, view: DataView, start: number, length: number): boolean {
  if (known.byteLength !== length) return false;
  const last = length - 4;
  for (let at = 0; at < last; at += 4) if (known.getInt32(at) !== view.getInt32(start + at)) return false;
  return known.getInt32(last) === view.getInt32(start + last);
}
