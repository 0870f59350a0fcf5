/**
 * Links of a Zipkin span. Its model has none: the collector writes each as a tag, of key `otlp.link.` and a number, whose value begins with the
 * hexadecimal trace id and span id, each with a bar behind it.
 */
import { Buffer } from 'node:buffer';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { readHexWords } from './hex-id.ts';

const PREFIX = Buffer.from('otlp.link.');
const NUMBER_DIGITS_MAX = 3;
const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const ZERO = 0x30;
const NINE = 0x39;
const BAR = 0x7c;

/** Whether `[start, end)` is the key of a tag that is a link. */
export function isLinkKey(bytes: Uint8Array, start: number, end: number): boolean {
  const numberAt = start + PREFIX.length;
  if (end <= numberAt || end > numberAt + NUMBER_DIGITS_MAX) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
  for (let at = numberAt; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  return true;
}

/** Adds the link that is the value `[start, end)` to those of a row. A value of another form is none. */
export function readLinkTag(
  bytes: Uint8Array,
  start: number,
  end: number,
  row: number,
  { links }: SpanWriter,
): void {
  const spanIdAt = start + TRACE_ID_DIGITS + 1;
  const restAt = spanIdAt + SPAN_ID_DIGITS;
  if (!links.areWanted || restAt >= end || bytes[spanIdAt - 1] !== BAR || bytes[restAt] !== BAR) return;
  readHexWords(bytes, start, links.next, 0, 4);
  readHexWords(bytes, spanIdAt, links.next, 4, 6);
  links.add(row);
}
