/**
 * Protobuf's wire format. What reads a value returns where the next one begins, and 0 where the bytes are not as they should be, or as
 * nobody writes them: then the message is not the kernel's. Nothing may be read here that the plain reader would refuse.
 */

/** Where the content starts whose length was read last. */
export let contentAt: usize = 0;
/** The tag read last. */
export let tag: u32 = 0;
/** The lower half of the varint read last. */
export let low: u32 = 0;

/**
 * Reads the length at `at` and returns where its content ends. Lengths are below 2^28, in up to five bytes: some encoders pad them. What lies
 * behind `end` may be read, and is refused: then the content ends there too. One function that calls none, so that the compiler inlines it.
 */
export function lengthEnd(at: usize, end: usize): usize {
  let length: usize = load<u8>(at++);
  if (length >= 0x80) {
    length &= 0x7f;
    let byte: usize = 0;
    let shift = 0;
    do {
      shift += 7;
      byte = load<u8>(at++);
      length |= (byte & 0x7f) << shift;
    } while (byte >= 0x80 && shift < 28);
    if (shift == 28 && byte != 0) return 0;
  }
  contentAt = at;
  return at + length <= end ? at + length : 0;
}

/** Reads the tag at `at`, which lies before `end`. Tags in more bytes than they need are nobody's. */
export function tagEnd(at: usize, end: usize): usize {
  const first: u32 = load<u8>(at);
  if (first < 0x80) {
    tag = first;
    return at + 1;
  }
  const second: u32 = load<u8>(at + 1);
  if (second < 0x80) {
    if (second == 0 || at + 2 > end) return 0;
    tag = (first & 0x7f) | (second << 7);
    return at + 2;
  }
  const third: u32 = load<u8>(at + 2);
  if (third == 0 || third >= 0x80 || at + 3 > end) return 0;
  tag = (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  return at + 3;
}

/** Reads a varint. */
export function varintEnd(at: usize, end: usize): usize {
  low = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= end) return 0;
    const byte: u32 = load<u8>(at++);
    if (shift < 32) low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at;
  }
  return 0;
}

/** Bits of eight bytes that say another byte follows in a varint. */
export const MORE: u64 = 0x8080808080808080;

/** Bytes of the varint at `at`; of one of more than eight, nine. */
export function shortVarintBytes(at: usize): usize {
  return ((<usize>ctz<u64>(~load<u64>(at) & MORE)) >> 3) + 1;
}

/** Skips the value of the field whose tag was read last. */
export function skip(at: usize, end: usize): usize {
  if (tag < 8) return 0;
  switch (tag & 7) {
    case 0:
      return varintEnd(at, end);
    case 1:
      return at + 8 <= end ? at + 8 : 0;
    case 2:
      return lengthEnd(at, end);
    case 5:
      return at + 4 <= end ? at + 4 : 0;
    default:
      return 0;
  }
}
