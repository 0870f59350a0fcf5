/**
 * Numbers distinct byte strings: tokens, dense from 1. Bounded; when it is full, texts that are new get token 0, and the next message begins
 * the table anew. The hash has random keys, and a search ends after PROBES_MAX slots: no texts can be made that are slow.
 */
import {
  COUNTS,
  EPOCH,
  PROBES_MAX,
  SECRETS,
  SLOTS,
  TEXT_BYTES,
  TEXT_BYTES_MAX,
  TEXT_COUNT,
  TEXT_LENGTH_MAX,
  TEXT_SLOTS,
  TEXT_STARTS,
  TEXTS_MAX,
} from '../layout.ts';

let isFull = true;
/** The token that the next text gets. */
let next: u32 = 1;
let highKey: u64 = 0;
let lowKey: u64 = 0;

/** Before each message. */
export function prepareTexts(): void {
  if (isFull) {
    memory.fill(TEXT_SLOTS, 0, SLOTS * 8);
    isFull = false;
    next = 1;
    store<u32>(TEXT_STARTS + 4, TEXT_BYTES);
    store<u32>(COUNTS + EPOCH * 4, load<u32>(COUNTS + EPOCH * 4) + 1);
    highKey = load<u64>(SECRETS);
    lowKey = load<u64>(SECRETS + 8);
  }
}

/** After each message. */
export function publishTexts(): void {
  store<u32>(COUNTS + TEXT_COUNT * 4, next);
}

/** The token of `[start, end)`; 0 where it is not interned. */
export function intern(start: usize, end: usize): u32 {
  const length = end - start;
  if (length > <usize>TEXT_LENGTH_MAX) return 0;
  const hash = hashOf(start, length);
  let slot = (<u32>hash) & (SLOTS - 1);
  const check = <u32>(hash >> 32);
  for (let probe = 0; probe < PROBES_MAX; probe++) {
    const entry = load<u64>(slot << 3, TEXT_SLOTS);
    const token = <u32>(entry >> 32);
    if (token == 0) return insert(slot, check, start, length);
    if (<u32>entry == check) {
      const known: usize = load<u32>(token << 2, TEXT_STARTS);
      if (load<u32>(token << 2, TEXT_STARTS + 4) - known == length && isEqual(start, known, length))
        return token;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
  return 0;
}

function insert(slot: u32, check: u32, start: usize, length: usize): u32 {
  const at: usize = load<u32>(next << 2, TEXT_STARTS);
  if (next == TEXTS_MAX || at + length > <usize>(TEXT_BYTES + TEXT_BYTES_MAX)) {
    isFull = true;
    return 0;
  }
  memory.copy(at, start, length);
  store<u64>(slot << 3, ((<u64>next) << 32) | check, TEXT_SLOTS);
  store<u32>(next << 2, <u32>(at + length), TEXT_STARTS + 4);
  return next++;
}

/** Whether two texts of one length are the same. Fewer than eight bytes are loaded with what follows, and told apart from it. */
export function isEqual(a: usize, b: usize, length: usize): bool {
  if (length < 8) return ((load<u64>(a) ^ load<u64>(b)) & lowBytes(length)) == 0;
  const last = a + length - 8;
  const lastOfB = b + length - 8;
  while (a < last) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  return load<u64>(last) == load<u64>(lastOfB);
}

/** Eight bytes a step, the last of which may overlap the one before. */
function hashOf(start: usize, length: usize): u64 {
  let hash: u64 = length;
  if (length < 8) hash = mixed(hash ^ (load<u64>(start) & lowBytes(length)));
  else {
    const last = start + length - 8;
    for (let at = start; at < last; at += 8) hash = mixed(hash ^ load<u64>(at));
    hash = mixed(hash ^ load<u64>(last));
  }
  hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93;
  return hash ^ (hash >> 32);
}

/** A product of which both factors hold a secret key, as in src/spans/dictionary.ts, of twice the width. */
function mixed(word: u64): u64 {
  return ((word >> 32) + highKey) * (word + lowKey);
}

function lowBytes(count: usize): u64 {
  return ((<u64>1) << (count << 3)) - 1;
}
