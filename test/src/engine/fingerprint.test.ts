import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/engine/fingerprint.ts';

test('depends on values, not on the order of keys', () => {
  const one = fingerprintOf({ windowMs: 60_000, limits: { a: 1, b: [1, 2] } });
  expect(fingerprintOf({ limits: { b: [1, 2], a: 1 }, windowMs: 60_000 })).toBe(one);
  expect(fingerprintOf({ limits: { b: [2, 1], a: 1 }, windowMs: 60_000 })).not.toBe(one);
  expect(one).toMatch(/^[0-9a-f]{16}$/);
});

test('depends on the release where that changed what rows mean', () => {
  expect(fingerprintOf({ windowMs: 60_000 }, 1)).toBe(fingerprintOf({ windowMs: 60_000 }));
  expect(fingerprintOf({ windowMs: 60_000 }, 2)).not.toBe(fingerprintOf({ windowMs: 60_000 }));
});
