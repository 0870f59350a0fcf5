/**
 * Whether bytes hold one whole JSON value, or only the beginning of one. Brackets and strings are all that is looked at: telling
 * documents apart needs no more, and the codec judges the rest.
 */

/** `open`: more is needed, and the bytes do not end inside a string. `broken`: neither that nor complete. */
export type JsonShape = 'complete' | 'open' | 'broken';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSERS: ReadonlySet<number> = new Set([0x5d, 0x7d]);

export function jsonShape(bytes: Uint8Array): JsonShape {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (isString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (OPENERS.has(byte)) depth++;
    else if (CLOSERS.has(byte)) {
      depth--;
      if (depth < 0) return 'broken';
    }
  }
  if (isString) return 'broken';
  return depth === 0 ? 'complete' : 'open';
}
