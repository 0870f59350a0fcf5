/** Calls and questions about them for the Monitor tab's tests: any at all, and one that is plain. */
import * as fc from 'fast-check';
import type { Call, OracleQuestion } from './metrics-oracle.ts';

export const MINUTE_MS = 60_000;
export const BASE_MS = Date.UTC(2026, 8, 21, 14, 0);

export const anyCall: fc.Arbitrary<Call> = fc.record({
  service: fc.constantFrom('cart', 'shop'),
  operation: fc.constantFrom('GET /', 'POST /', 'o\'"\\'),
  spanKind: fc.constantFrom('server', 'client', 'unspecified'),
  status: fc.constantFrom('unset', 'ok', 'error'),
  windowMs: fc.integer({ min: 0, max: 30 }).map((window) => BASE_MS + window * MINUTE_MS),
  durationUs: fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 5_000_000 }),
    fc.constant(2 ** 50),
  ),
  units: fc.oneof(fc.constant(2 ** 20), fc.integer({ min: 1, max: 2 ** 30 })),
  slot: fc.constantFrom(0, 4096, 8192),
});

export const anyQuestion: fc.Arbitrary<OracleQuestion> = fc.record({
  services: fc.constantFrom(['cart'], ['shop', 'cart'], ['cart', 'nobody']),
  spanKinds: fc.constantFrom(['server'], ['client', 'server'], ['unspecified', 'server', 'client']),
  groupByOperation: fc.boolean(),
  quantile: fc.oneof(
    fc.constantFrom(0, 0.5, 0.95, 1),
    fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
  ),
  endMs: fc.integer({ min: BASE_MS - 5 * MINUTE_MS, max: BASE_MS + 45 * MINUTE_MS }),
  lookbackMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 * MINUTE_MS })),
  stepMs: fc.oneof(fc.constantFrom(5000, MINUTE_MS), fc.integer({ min: 2000, max: 15 * MINUTE_MS })),
  ratePerMs: fc.oneof(
    fc.constantFrom(1, MINUTE_MS, 10 * MINUTE_MS),
    fc.integer({ min: 1, max: 30 * MINUTE_MS }),
  ),
});

export function call(given: Partial<Call>): Call {
  return {
    service: 'cart',
    operation: 'GET /',
    spanKind: 'server',
    status: 'unset',
    windowMs: BASE_MS,
    durationUs: 10_000,
    units: 2 ** 20,
    slot: 0,
    ...given,
  };
}
