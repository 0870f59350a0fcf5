/** Attributes of a span in JSON: those whose key is wanted become hits, all others are stepped over. */
import { OVERSIZED } from '../layout.ts';
import { KEY, KEY_VALUE, VALUE } from '../members.ts';
import { addKeyed, ATTRIBUTES_MAX, mayHold, VALUE_BYTES_MAX } from './attribute.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  hasEscapes,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  quoteAt,
  tokenAt,
  valueEnd,
} from './json.ts';
import { member, memberEnd } from './json-member.ts';

/** Eight bytes, `{"key":"`, then eight and two, `","value":`, then sixteen, `{"stringValue":"`, and two, `}}`: how compact JSON has an attribute. */
const KEY_STARTS: u64 = 0x223a2279656b227b;
const VALUE_FOLLOWS: u64 = 0x65756c6176222c22;
const VALUE_STARTS: u32 = 0x3a22;
const TEXT_BEGINS: u64 = 0x676e69727473227b;
const TEXT_STARTS: u64 = 0x223a2265756c6156;
const ENDS: u32 = 0x7d7d;
/** What lies around a text in its AnyValue. */
const BEFORE_TEXT: usize = 16;
const BEHIND_TEXT: usize = 2;
const BACKSLASH: u32 = 0x5c;
const LOWER_U: u32 = 0x75;

/** Reads the attributes of a row, which are an array. */
export function attributesEnd(at: usize, row: u32): usize {
  if (load<u8>(at) != OPEN_ARRAY) return 0;
  at = tokenAt(at + 1);
  if (load<u8>(at) == CLOSE_ARRAY) return at + 1;
  let attributes: u32 = 0;
  while (true) {
    at = attributeEnd(at, row);
    if (at == 0) return 0;
    attributes++;
    at = tokenAt(at);
    const after: u32 = load<u8>(at++);
    if (after == COMMA) {
      at = tokenAt(at);
      continue;
    }
    if (attributes > ATTRIBUTES_MAX) store<u8>(row, 1, OVERSIZED);
    return after == CLOSE_ARRAY ? at : 0;
  }
}

function attributeEnd(at: usize, row: u32): usize {
  if (load<u64>(at) != KEY_STARTS) return keyValueEnd(at, row);
  const keyStart = at + 8;
  const keyEnd = quoteAt(keyStart);
  if (keyEnd == 0 || hasEscapes) return 0;
  if (load<u64>(keyEnd) != VALUE_FOLLOWS || load<u16>(keyEnd + 8) != VALUE_STARTS)
    return keyValueEnd(at, row);
  const start = keyEnd + 10;
  if (load<u64>(start) == TEXT_BEGINS && load<u64>(start + 8) == TEXT_STARTS) {
    const quote = quoteAt(start + BEFORE_TEXT);
    if (quote == 0) return 0;
    if (load<u16>(quote + 1) == ENDS) {
      const end = quote + BEHIND_TEXT;
      if (end - start > VALUE_BYTES_MAX && !measure(start, end, row)) return 0;
      // Nearly all attributes are nobody's.
      if (mayHold(keyStart, keyEnd) && !addKeyed(keyStart, keyEnd, start, end, row)) return 0;
      return end + 1;
    }
  }
  const end = valueEnd(start);
  if (end == 0 || !addAttribute(keyStart, keyEnd, tokenAt(start), end, row)) return 0;
  at = tokenAt(end);
  return load<u8>(at) == CLOSE_OBJECT ? at + 1 : 0;
}

/** The same with blanks, or in another order. Without a key it is nobody's; without a value it is not the kernel's. */
function keyValueEnd(at: usize, row: u32): usize {
  if (load<u8>(at) != OPEN_OBJECT) return 0;
  let keyStart: usize = 0;
  let keyEnd: usize = 0;
  let start: usize = 0;
  let end: usize = 0;
  let before: u32 = KEY_VALUE;
  do {
    at = memberEnd(tokenAt(at + 1), before, KEY_VALUE);
    if (at == 0) return 0;
    if (member == KEY) {
      if (load<u8>(at) != QUOTE || keyStart != 0) return 0;
      keyStart = at + 1;
      keyEnd = quoteAt(keyStart);
      if (keyEnd == 0 || hasEscapes) return 0;
      at = keyEnd + 1;
    } else {
      if (member != VALUE || start != 0) return 0;
      start = at;
      at = end = valueEnd(at);
      if (at == 0) return 0;
    }
    before = member;
    at = tokenAt(at);
  } while (load<u8>(at) == COMMA);
  if (load<u8>(at) != CLOSE_OBJECT || keyStart == 0 || start == 0) return 0;
  return addAttribute(keyStart, keyEnd, start, end, row) ? at + 1 : 0;
}

/** Adds a hit with the value `[start, end)` where somebody wants the key: then it must be an object. */
function addAttribute(keyStart: usize, keyEnd: usize, start: usize, end: usize, row: u32): bool {
  if (end - start > VALUE_BYTES_MAX && !measure(start, end, row)) return false;
  if (!mayHold(keyStart, keyEnd)) return true;
  return load<u8>(start) == OPEN_OBJECT && addKeyed(keyStart, keyEnd, start, end, row);
}

/** Marks the row of a text that is too long; false where the value `[start, end)` is none, or the length of its characters decides. */
function measure(start: usize, end: usize, row: u32): bool {
  if (load<u64>(start) != TEXT_BEGINS || load<u64>(start + 8) != TEXT_STARTS) return false;
  const stop = quoteAt(start + BEFORE_TEXT);
  if (stop == 0 || stop + BEHIND_TEXT != end) return false;
  let least = stop - start - BEFORE_TEXT;
  let most = least;
  for (let at = start + BEFORE_TEXT; at < stop;) {
    if (load<u8>(at) != BACKSLASH) at++;
    else if (load<u8>(at + 1) != LOWER_U) {
      least--;
      most--;
      at += 2;
    } else {
      // Six bytes for one to three, twelve for four.
      least -= 5;
      most -= 3;
      at += 6;
    }
  }
  if (least > VALUE_BYTES_MAX) store<u8>(row, 1, OVERSIZED);
  return least > VALUE_BYTES_MAX || most <= VALUE_BYTES_MAX;
}
