/**
 * A neighbourhood's kernel: puts spans into the ring and the chains, and looks for the parent and the children of the newest one where that takes
 * a look at one bucket. It does as operators/span-ring.ts, chains.ts, span-hash.ts and relatives.ts do, word for word; whatever takes more is
 * theirs.
 */
import {
  addEntry,
  ageOf,
  BUCKET,
  bucketOf,
  configure,
  goesOn,
  isJoined,
  isLive,
  placeOf,
  pushedOut,
  pushedOutByParent,
  tagOf,
  waysOf,
} from './chains.ts';
import {
  FOUND,
  FOUND_CHILDREN,
  HASH_KEYS,
  MAY_SHARE,
  NOBODY,
  RING,
  ROW_COPY,
  ROW_DURATION_US,
  ROW_IDS,
  ROW_KIND,
  ROW_OPERATION,
  ROW_OWN,
  ROW_PARENT,
  ROW_SERVICE,
  ROW_START_US,
  ROW_STATUS,
  ROW_TENANT,
  ROW_WINDOW,
  UNKNOWN,
} from '../neighbourhood-layout.ts';

export { configure };

/** Of a record: see span-record.ts. */
const RECORD_BITS: usize = 6;
const SERVICE: usize = 32;
const OPERATION: usize = 36;
const FLAGS: usize = 40;
const WINDOW: usize = 44;
const START_US: usize = 48;
const DURATION_US: usize = 56;
const STATUS_SHIFT: u32 = 3;
const IS_OWNER: u32 = 1 << 6;
const IS_ODD_SLOT: u32 = 1 << 7;
const COPY_SHIFT: u32 = 8;
const IS_SHARED: u32 = 1 << 9;
const TENANT_SHIFT: u32 = 10;

let firstOwner: u32 = 0;
let oddSlot: u32 = 0;
/** Keeps the compiler from leaving out reads whose results nobody uses. */
let touched: u32 = 0;

/** Hashes the ids of so many rows, and reads the buckets they lead to, so that these are fetched side by side. */
export function prepare(rows: u32, ownersFrom: u32, isOddSlot: bool): void {
  firstOwner = ownersFrom;
  oddSlot = isOddSlot ? IS_ODD_SLOT : 0;
  const traceHigh = v128.load(HASH_KEYS);
  const traceLow = v128.load(HASH_KEYS, 16);
  const idHigh = v128.load(HASH_KEYS, 32);
  const idLow = v128.load(HASH_KEYS, 48);
  let sum: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const at: usize = ROW_IDS + (row << 5);
    const trace = v128.load(at);
    const ids = v128.load(at, 16);
    const ofTrace = i32x4.mul(i32x4.add(i32x4.shr_u(trace, 16), traceHigh), i32x4.add(trace, traceLow));
    const ofIds = i32x4.mul(i32x4.add(i32x4.shr_u(ids, 16), idHigh), i32x4.add(ids, idLow));
    const pairs = i32x4.add(ofTrace, i32x4.shuffle(ofTrace, ofTrace, 2, 3, 0, 1));
    const base = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
    const own = mixed(base + i32x4.extract_lane(ofIds, 0) + i32x4.extract_lane(ofIds, 1));
    store<u32>(ROW_OWN + (row << 2), own);
    sum ^= load<u32>(bucketOf(own));
    if (isJoined) {
      const parent = mixed(base + i32x4.extract_lane(ofIds, 2) + i32x4.extract_lane(ofIds, 3));
      store<u32>(ROW_PARENT + (row << 2), parent);
      sum ^= load<u32>(bucketOf(parent));
    }
  }
  touched = sum;
}

/**
 * Adds the rows from `row` to before `end`, the first at `place` and none beyond the ring's end, in this lap; stops behind the first whose id others
 * may have. Returns the row behind the last one added, with MAY_SHARE. Where spans are joined, one row: with it so many are held, and FOUND says
 * what was found, unless it may share its id.
 */
export function add(row: u32, end: u32, place: i32, lap: u32, held: i32): u32 {
  for (; row < end; row++, place++) {
    addRecord(row, place);
    const ids: usize = ROW_IDS + (row << 5);
    const hasTrace = v128.any_true(v128.load(ids));
    let mayShare = false;
    if (hasTrace && load<u64>(ids, 16) != 0)
      mayShare = addEntry(load<u32>(ROW_OWN + (row << 2)), 0, pushedOut, place, lap);
    if (isJoined) {
      if (hasTrace && load<u64>(ids, 24) != 0)
        addEntry(load<u32>(ROW_PARENT + (row << 2)), BUCKET, pushedOutByParent, place, lap);
      if (!mayShare) look(row, place, lap, held);
    }
    if (mayShare) return (row + 1) | MAY_SHARE;
  }
  return row;
}

function addRecord(row: u32, place: i32): void {
  const record: usize = RING + ((<usize>place) << RECORD_BITS);
  const ids: usize = ROW_IDS + (row << 5);
  const word: usize = row << 2;
  const double: usize = row << 3;
  v128.store(record, v128.load(ids));
  v128.store(record, v128.load(ids, 16), 16);
  store<u32>(record, load<u32>(ROW_SERVICE + word), SERVICE);
  store<u32>(record, load<u32>(ROW_OPERATION + word), OPERATION);
  const flags: u32 =
    (<u32>load<u8>(ROW_KIND + row)) |
    ((<u32>load<u8>(ROW_STATUS + row)) << STATUS_SHIFT) |
    (row >= firstOwner ? IS_OWNER : 0) |
    oddSlot |
    ((<u32>load<u8>(ROW_COPY + row)) << COPY_SHIFT) |
    (load<u32>(ROW_TENANT + word) << TENANT_SHIFT);
  store<u32>(record, flags, FLAGS);
  store<u32>(record, load<u32>(ROW_WINDOW + word), WINDOW);
  store<f64>(record, load<f64>(ROW_START_US + double), START_US);
  store<f64>(record, load<f64>(ROW_DURATION_US + double), DURATION_US);
}

/** Looks for the newest span's parent and children, in one bucket each. */
function look(row: u32, place: i32, lap: u32, held: i32): void {
  store<i32>(FOUND, parentOf(row, place, lap, held));
  store<i32>(FOUND + FOUND_CHILDREN * 4, childrenOf(row, place, lap, held));
}

/** As Relatives.parentOf, of a span that shares its id with none. */
function parentOf(row: u32, place: i32, lap: u32, held: i32): i32 {
  if (load<u64>(ROW_IDS + (row << 5), 24) == 0) return NOBODY;
  const hash = load<u32>(ROW_PARENT + (row << 2));
  const at = bucketOf(hash);
  const tag = tagOf(hash);
  let ways = waysOf(at, tag);
  let last: i32 = -1;
  while (ways != 0) {
    const entry = load<u32>(at + ((<usize>ctz(ways)) << 2));
    ways &= ways - 1;
    if (!isLive(entry, place, lap)) return NOBODY;
    const one = placeOf(entry);
    const age = ageOf(one, place);
    if (age <= last || age >= held) return NOBODY;
    last = age;
    if (!isParent(one, place)) continue;
    if ((load<u32>(RING + ((<usize>one) << RECORD_BITS), FLAGS) & IS_SHARED) != 0) return UNKNOWN;
    return one == place ? NOBODY : one;
  }
  return goesOn(at, tag, place, lap) ? UNKNOWN : NOBODY;
}

/** NOBODY where it has no children for certain. */
function childrenOf(row: u32, place: i32, lap: u32, held: i32): i32 {
  const hash = load<u32>(ROW_OWN + (row << 2));
  const at = bucketOf(hash) + BUCKET;
  const tag = tagOf(hash);
  const ways = waysOf(at, tag);
  if (ways == 0) return goesOn(at, tag, place, lap) ? UNKNOWN : NOBODY;
  const entry = load<u32>(at + ((<usize>ctz(ways)) << 2));
  return isLive(entry, place, lap) && ageOf(placeOf(entry), place) < held ? UNKNOWN : NOBODY;
}

/** Whether `one` has the id of the newest span's parent: same tenant, trace and id. */
function isParent(one: i32, place: i32): bool {
  const its: usize = RING + ((<usize>one) << RECORD_BITS);
  const own: usize = RING + ((<usize>place) << RECORD_BITS);
  return (
    load<u64>(its, 16) == load<u64>(own, 24) &&
    load<u64>(its) == load<u64>(own) &&
    load<u64>(its, 8) == load<u64>(own, 8) &&
    load<u32>(its, FLAGS) >>> TENANT_SHIFT == load<u32>(own, FLAGS) >>> TENANT_SHIFT
  );
}

function mixed(sum: u32): u32 {
  let hash = (sum ^ (sum >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}
