/**
 * Where things lie in the memory of a neighbourhood's kernel, in bytes. Compiled twice, as layout.ts is. The rows being added lie here as a batch
 * has them; from RING on follow the ring and its chains, as operators/span-record.ts and operators/chains.ts describe them.
 */

/** Rows loaded at a time: enough to be fetched side by side, few enough to be in the cache still when their turn comes. */
export const LOADED_MAX = 256;

/** Keys of the hash, 32-bit words: high and low ones of the trace id's words, then of the two ids' words, which share theirs. */
export const HASH_KEYS = 1024;

/** What was found of the newest span: its parent's place, and whether it may have children. */
export const FOUND = 2048;
export const FOUND_PARENT = 0;
export const FOUND_CHILDREN = 1;
/** Instead of a place: nobody, or that somebody has to look. */
export const NOBODY = -1;
export const UNKNOWN = -2;

/** What `add` returns beside the row behind the last that it added: that other spans may have the id of that last one. */
export const MAY_SHARE = 1 << 16;

/** Columns, a row a span. */
export const ROW_IDS = 4096;
export const ROW_START_US = ROW_IDS + LOADED_MAX * 32;
export const ROW_DURATION_US = ROW_START_US + LOADED_MAX * 8;
export const ROW_SERVICE = ROW_DURATION_US + LOADED_MAX * 8;
export const ROW_OPERATION = ROW_SERVICE + LOADED_MAX * 4;
export const ROW_TENANT = ROW_OPERATION + LOADED_MAX * 4;
export const ROW_WINDOW = ROW_TENANT + LOADED_MAX * 4;
/** Hashes of the span's own id, and of its parent's. */
export const ROW_OWN = ROW_WINDOW + LOADED_MAX * 4;
export const ROW_PARENT = ROW_OWN + LOADED_MAX * 4;
export const ROW_KIND = ROW_PARENT + LOADED_MAX * 4;
export const ROW_STATUS = ROW_KIND + LOADED_MAX;
export const ROW_COPY = ROW_STATUS + LOADED_MAX;

export const RING = 1 << 15;
