/** The fingerprint of everything that changes what rows mean: rows of two fingerprints are never mixed in one generation. */
import { createHash } from 'node:crypto';

/** Counts up when a release gives rows another meaning under the same configuration: other buckets, other rules, another order of limits. */
const RELEASE = 1;

/** 16 hex digits over the canonical JSON of `meaning`; the order of keys does not matter. */
export function fingerprintOf(meaning: Readonly<Record<string, unknown>>, release = RELEASE): string {
  return createHash('sha256').update(canonical({ meaning, release })).digest('hex').slice(0, 16);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
