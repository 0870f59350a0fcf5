/** The buckets of a neighbourhood's chains: as operators/chains.ts has them. */

/** Of a bucket: see chains.ts. */
const WAYS: u32 = 7;
/** Bytes. */
export const BUCKET: usize = 32;

let capacity: i32 = 0;
let placeBits: u32 = 0;
export let isJoined: bool = false;
/** What maps a hash to a bucket's number, and what lies between two buckets. */
let scale: f64 = 0;
let stride: usize = 0;
let buckets: usize = 0;
/** By place, what it pushed out of the bucket of its own id, and of its parent's. */
export let pushedOut: usize = 0;
export let pushedOutByParent: usize = 0;

/** Says where buckets and what they pushed out lie: of both chains where spans are joined. */
export function configure(
  places: i32,
  bits: u32,
  count: u32,
  joined: bool,
  bucketsAt: usize,
  pushedOutAt: usize,
  pushedOutByParentAt: usize,
): void {
  capacity = places;
  placeBits = bits;
  scale = <f64>count / 4294967296.0;
  isJoined = joined;
  stride = joined ? 2 * BUCKET : BUCKET;
  buckets = bucketsAt;
  pushedOut = pushedOutAt;
  pushedOutByParent = pushedOutByParentAt;
}

/** Adds an entry to the bucket of a hash, and returns whether its chain may hold another of this hash: as Chains.add. */
export function addEntry(hash: u32, ofChain: usize, pushedOutAt: usize, place: i32, lap: u32): bool {
  const at = bucketOf(hash) + ofChain;
  const shift = placeBits + 2;
  const tag = tagOf(hash);
  const low = v128.load(at);
  const high = v128.load(at, 16);
  const pushed = <u32>i32x4.extract_lane(high, 2);
  let tags = <u32>i32x4.extract_lane(high, 3);
  let hasOther = (matches(low, tag) & filled(low)) != 0 || (matches(high, tag) & filled(high) & 7) != 0;
  store<u32>(pushedOutAt + ((<usize>place) << 2), pushed);
  if (pushed != 0) {
    tags = isLive(pushed, place, lap) ? tags | (1 << (pushed >>> shift)) : 0;
    if (((tags >>> (tag >>> shift)) & 1) != 0) hasOther = true;
  }
  const entry = tag | (lap << placeBits) | (<u32>(place + 1));
  v128.store(at, i32x4.replace_lane(i32x4.shuffle(low, low, 0, 0, 1, 2), 0, entry));
  v128.store(at, i32x4.replace_lane(i32x4.shuffle(low, high, 3, 4, 5, 6), 3, tags), 16);
  return hasOther;
}

/** A bit for each entry of a bucket with this tag. */
export function waysOf(at: usize, tag: u32): i32 {
  return matches(v128.load(at), tag) | ((matches(v128.load(at, 16), tag) & 7) << 4);
}

function matches(entries: v128, tag: u32): i32 {
  const others = i32x4.shr_u(v128.xor(entries, i32x4.splat(tag)), placeBits + 2);
  return i32x4.bitmask(i32x4.eq(others, i32x4.splat(0)));
}

function filled(entries: v128): i32 {
  return i32x4.bitmask(i32x4.ne(entries, i32x4.splat(0)));
}

/** Whether a walk that found no further entry in the bucket has to leave it. */
export function goesOn(at: usize, tag: u32, place: i32, lap: u32): bool {
  const tags = load<u32>(at, BUCKET - 4);
  if (((tags >>> (tag >>> (placeBits + 2))) & 1) == 0) return false;
  return isLive(load<u32>(at, (WAYS - 1) << 2), place, lap);
}

export function isLive(entry: u32, newest: i32, lap: u32): bool {
  const place = placeOf(entry);
  return place >= 0 && ((entry >>> placeBits) & 3) == (place <= newest ? lap : (lap + 3) & 3);
}

export function placeOf(entry: u32): i32 {
  return <i32>(entry & ((1 << placeBits) - 1)) - 1;
}

export function ageOf(place: i32, newest: i32): i32 {
  const age = newest - place;
  return age < 0 ? age + capacity : age;
}

/** The low bits of a hash, where an entry has them. */
export function tagOf(hash: u32): u32 {
  return hash << (placeBits + 2);
}

export function bucketOf(hash: u32): usize {
  return buckets + <usize>(<u32>(<f64>hash * scale)) * stride;
}
