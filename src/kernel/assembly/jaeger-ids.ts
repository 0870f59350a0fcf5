/** Ids of a span of jaeger.api_v2, and its reference: that of a parent, as nearly all are, becomes the parent's id. */
import { IDS, REFERENCES } from '../layout.ts';

/** Two bytes before the ids of a SpanRef that has both and no type: it names a parent, where it is of the same trace. */
const PARENT_BYTES: usize = 28;
const PARENT_TRACE: u32 = 0x100a;
const PARENT_SPAN: u32 = 0x0812;

/** Where the trace id lies, and its length. */
let traceAt: usize = 0;
let traceBytes: usize = 0;
/** Where the reference lies; 0 where there is none. */
let referenceAt: usize = 0;
let referenceEnd: usize = 0;

export function clearIds(row: u32): void {
  traceAt = traceBytes = referenceAt = referenceEnd = 0;
  v128.store(row << 5, i64x2.splat(0), IDS);
  v128.store(row << 5, i64x2.splat(0), IDS + 16);
}

/** Of 16 bytes, or 8 as older tracers write them. */
export function readTraceId(start: usize, end: usize, row: u32): bool {
  const word = row << 5;
  traceAt = start;
  traceBytes = end - start;
  if (traceBytes == 16) {
    storeId(word, start);
    storeId(word + 8, start + 8);
    return true;
  }
  if (traceBytes != 8) return false;
  store<u64>(word, 0, IDS);
  storeId(word + 8, start);
  return true;
}

/** Of 8 bytes, as the caller knows. */
export function readSpanId(start: usize, row: u32): void {
  storeId((row << 5) + 16, start);
}

/** False where there is one already. */
export function addReference(start: usize, end: usize): bool {
  if (referenceAt != 0) return false;
  referenceAt = start;
  referenceEnd = end;
  return true;
}

/** Finds the parent, once all ids are known; of a reference of which more is to be read it says where it lies. */
export function settleReference(row: u32): void {
  if (referenceAt != 0 && isParent(referenceAt, referenceEnd)) {
    storeId((row << 5) + 24, referenceAt + 20);
    referenceAt = 0;
  }
  store<u32>(row << 3, <u32>referenceAt, REFERENCES);
  store<u32>(row << 3, <u32>referenceEnd, REFERENCES + 4);
}

/** Eight bytes become two big-endian words. */
function storeId(word: u32, at: usize): void {
  store<u64>(word, rotr<u64>(bswap<u64>(load<u64>(at)), 32), IDS);
}

/** Whether a reference is as nearly all are: the ids of a span in the same trace, and no more. */
function isParent(start: usize, end: usize): bool {
  return (
    end - start == PARENT_BYTES &&
    traceBytes == 16 &&
    load<u16>(start) == PARENT_TRACE &&
    load<u16>(start + 18) == PARENT_SPAN &&
    load<u64>(start + 2) == load<u64>(traceAt) &&
    load<u64>(start + 10) == load<u64>(traceAt + 8)
  );
}
