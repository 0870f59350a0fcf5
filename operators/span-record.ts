/** How a span lies in the ring: 64 bytes, a cache line. */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { TENANT_SHIFT } from './span-hash.ts';

/** Words of a record: ids (8), service, operation, flags with tenant, window; then start and duration as doubles. */
export const WORDS = 16;
export const SERVICE = 8;
export const OPERATION = 9;
export const FLAGS = 10;
export const WINDOW = 11;
export const START_US = 6;
export const DURATION_US = 7;

export const KIND_MASK = 7;
export const STATUS_SHIFT = 3;
export const IS_REPEAT = 1 << 5;
export const IS_OWNER = 1 << 6;
export const IS_ODD_SLOT = 1 << 7;
export const IS_COPY = 1 << 8;
export const IS_SHARED = 1 << 9;
/** A tenant's id has 22 bits: a SpanWriter gives the tenants its lowest ids. */
export const TENANT_MASK = -1 << TENANT_SHIFT;
/** What of the flags identifies a repeat: kind and tenant. */
export const CONTENT_MASK = KIND_MASK | TENANT_MASK;

/** The flags of a span that was just read. */
export function flagsOf(batch: SpanBatch, row: number, isOddSlot: boolean): number {
  return (
    batch.kind[row]! |
    (batch.status[row]! << STATUS_SHIFT) |
    (row >= batch.firstOwner ? IS_OWNER : 0) |
    (isOddSlot ? IS_ODD_SLOT : 0) |
    (batch.copy[row]! * IS_COPY) |
    (batch.tenant[row]! << TENANT_SHIFT)
  );
}
