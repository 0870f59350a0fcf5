/** Keys of objects, as numbers: see ../members.ts. */
import { MEMBERS } from '../layout.ts';
import { MEMBER_BYTES, MEMBER_LENGTH, MEMBER_MASK, MEMBER_NEXT, UNKNOWN } from '../members.ts';
import { COLON, hasEscapes, QUOTE, quoteAt, tokenAt } from './json.ts';
import { isEqual } from './text-table.ts';

const UNDERSCORE: u32 = 0x5f;
/** A member that is left out, and one after it, are no new order. */
const GUESSES = 3;

/** The member read last; UNKNOWN where nobody asks for it. */
export let member: u32 = UNKNOWN;

/**
 * Reads the key at `at` and returns where its value starts. Producers write members in one order: which one comes after `before`, or first
 * in an object, is guessed from the objects before. A key with escapes, or with an underscore, may be one of the known in another spelling,
 * and is the plain reader's.
 */
export function memberEnd(at: usize, before: u32, object: u32): usize {
  let guess = before;
  for (let guesses = 0; guesses < GUESSES; guesses++) {
    guess = load<u32>(recordOf(guess), MEMBER_NEXT);
    if (guess == 0) break;
    const record = recordOf(guess);
    const differs = v128.or(
      v128.and(v128.xor(v128.load(at), v128.load(record)), v128.load(record, MEMBER_MASK)),
      v128.and(v128.xor(v128.load(at, 16), v128.load(record, 16)), v128.load(record, MEMBER_MASK + 16)),
    );
    if (v128.any_true(differs)) continue;
    member = guess;
    return tokenAt(at + load<u32>(record, MEMBER_LENGTH));
  }
  return searchedEnd(at, before, object);
}

function searchedEnd(at: usize, before: u32, object: u32): usize {
  if (load<u8>(at) != QUOTE) return 0;
  const quote = quoteAt(at + 1);
  if (quote == 0 || hasEscapes) return 0;
  member = memberNamed(at, quote + 1, object);
  if (member != UNKNOWN) store<u32>(recordOf(before), member, MEMBER_NEXT);
  else for (let byte = at + 1; byte < quote; byte++) if (load<u8>(byte) == UNDERSCORE) return 0;
  at = tokenAt(quote + 1);
  return load<u8>(at) == COLON ? tokenAt(at + 1) : 0;
}

/** The member of an object that `[start, end)` spells with its quotes; UNKNOWN where it has none such. */
export function memberNamed(start: usize, end: usize, object: u32): u32 {
  let known = object;
  while (true) {
    const record = recordOf(++known);
    const length: usize = load<u32>(record, MEMBER_LENGTH);
    if (length == 0) return UNKNOWN;
    if (length == end - start + 1 && isEqual(start, record, length - 1)) return known;
  }
}

function recordOf(number: u32): usize {
  return MEMBERS + number * MEMBER_BYTES;
}
