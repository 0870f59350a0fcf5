/** Text of a file that must be UTF-8: what is anything else is named, with where it shows. */
import { isUtf8 } from 'node:buffer';

export interface Misencoding {
  /** What it seems to be instead. */
  readonly encoding: string;
  /** From 1: the first character that is none. */
  readonly line: number;
  readonly column: number;
}

const NEWLINE = 0x0a;
/** What a decoder without objections makes of a byte that is no UTF-8. */
const REPLACEMENT = '\uFFFD';

export function textOf(bytes: Uint8Array): string | Misencoding {
  if (isUtf16(bytes)) return { encoding: 'UTF-16', line: 1, column: 1 };
  if (isUtf8(bytes)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  let line = 1;
  for (let start = 0; ; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const part = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    if (!isUtf8(part) || newline < 0) {
      const column = new TextDecoder('utf-8').decode(part).indexOf(REPLACEMENT) + 1;
      return { encoding: 'Latin-1 or Windows-1252', line, column };
    }
    start = newline + 1;
  }
}

/** With its mark, or with a Latin letter first, half of which is zero. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return false;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || (first === 0) !== (second === 0);
}
