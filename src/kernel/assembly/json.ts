/**
 * JSON's tokens. What reads one returns where the next may begin, and 0 where the bytes are not as they should be, or as nobody writes
 * them: then the message is not the kernel's. Nothing may be read here that the plain reader would refuse. No end is asked for: behind the
 * message lie zero bytes, which no token has.
 */

export const QUOTE: u32 = 0x22;
export const COMMA: u32 = 0x2c;
export const COLON: u32 = 0x3a;
export const ZERO: u32 = 0x30;
export const OPEN_ARRAY: u32 = 0x5b;
export const CLOSE_ARRAY: u32 = 0x5d;
export const OPEN_OBJECT: u32 = 0x7b;
export const CLOSE_OBJECT: u32 = 0x7d;
const BACKSLASH: u32 = 0x5c;
const MINUS: u32 = 0x2d;
const PLUS: u32 = 0x2b;
const POINT: u32 = 0x2e;
const LOWER_E: u32 = 0x65;
const LOWER_U: u32 = 0x75;
const SPACE: u32 = 0x20;
/** Four bytes each: `true`, `null`, and what `false` ends with. */
const TRUE: u32 = 0x65757274;
const NULL: u32 = 0x6c6c756e;
const ALSE: u32 = 0x65736c61;
/** Fewer than DEPTH_MAX of the plain reader, which counts from places no further inside. */
const DEPTH_MAX: u32 = 32;

/** Whether the string read last has escapes. */
export let hasEscapes: bool = false;

/** Where the next token starts. */
export function tokenAt(at: usize): usize {
  return load<u8>(at) > SPACE ? at : blanksEnd(at);
}

function blanksEnd(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte != SPACE && byte - 9 > 1 && byte != 0x0d) return at;
    at++;
  }
}

/** Where the string whose quote is just before `at` has its closing quote. */
export function quoteAt(at: usize): usize {
  hasEscapes = false;
  while (true) {
    const bytes = v128.load(at);
    const stops = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))),
        i8x16.eq(i8x16.min_u(bytes, i8x16.splat(0x1f)), bytes),
      ),
    );
    if (stops == 0) {
      at += 16;
      continue;
    }
    at += ctz(stops);
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) return at;
    if (byte != BACKSLASH) return 0;
    hasEscapes = true;
    at = escapeEnd(at);
    if (at == 0) return 0;
  }
}

/** Where the escape ends whose backslash is at `at`. */
function escapeEnd(at: usize): usize {
  switch (<u32>load<u8>(at + 1)) {
    case 0x22: // "
    case 0x2f: // /
    case 0x5c: // \
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case LOWER_U:
      for (let digit = at + 2; digit < at + 6; digit++) {
        const byte: u32 = load<u8>(digit);
        if (byte - ZERO > 9 && (byte | 0x20) - 0x61 > 5) return 0;
      }
      return at + 6;
    default:
      return 0;
  }
}

/** Where the value of any kind that starts at `at`, blanks before it included, ends. */
export function valueEnd(at: usize): usize {
  let depth: u32 = 0;
  /** A bit a level, the lowest of the innermost: whether it is an object. */
  let objects: u32 = 0;
  while (true) {
    at = tokenAt(at);
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) {
      at = quoteAt(at + 1);
      if (at++ == 0) return 0;
    } else if ((byte | 0x20) == OPEN_OBJECT) {
      if (depth++ == DEPTH_MAX) return 0;
      objects = (objects << 1) | (<u32>(byte == OPEN_OBJECT));
      at = tokenAt(at + 1);
      // Both closing brackets are two after their opening ones.
      if (load<u8>(at) != byte + 2) {
        if (byte == OPEN_OBJECT && (at = keyEnd(at)) == 0) return 0;
        continue;
      }
    } else if ((at = plainEnd(byte, at)) == 0) return 0;
    while (true) {
      if (depth == 0) return at;
      at = tokenAt(at);
      const after: u32 = load<u8>(at++);
      if (after == COMMA) break;
      if (after != ((objects & 1) != 0 ? CLOSE_OBJECT : CLOSE_ARRAY)) return 0;
      objects >>= 1;
      depth--;
    }
    if ((objects & 1) != 0 && (at = keyEnd(tokenAt(at))) == 0) return 0;
  }
}

/** Where the value may start of the member whose key is at `at`. */
function keyEnd(at: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  at = quoteAt(at + 1);
  if (at == 0) return 0;
  at = tokenAt(at + 1);
  return load<u8>(at) == COLON ? at + 1 : 0;
}

/** Where a literal or a number ends. */
function plainEnd(first: u32, at: usize): usize {
  if (first - ZERO <= 9 || first == MINUS) return numberEnd(at);
  const word = load<u32>(at);
  if (word == TRUE || word == NULL) return at + 4;
  return first == 0x66 && load<u32>(at + 1) == ALSE ? at + 5 : 0;
}

function numberEnd(at: usize): usize {
  if (load<u8>(at) == MINUS) at++;
  const stop = digitsEnd(at);
  if (stop == 0 || (load<u8>(at) == ZERO && stop > at + 1)) return 0;
  at = stop;
  if (load<u8>(at) == POINT) {
    at = digitsEnd(at + 1);
    if (at == 0) return 0;
  }
  if ((load<u8>(at) | 0x20) != LOWER_E) return at;
  const sign: u32 = load<u8>(++at);
  return digitsEnd(sign == PLUS || sign == MINUS ? at + 1 : at);
}

/** At least one digit. */
function digitsEnd(at: usize): usize {
  if (<u32>load<u8>(at) - ZERO > 9) return 0;
  while (<u32>load<u8>(at) - ZERO <= 9) at++;
  return at;
}
