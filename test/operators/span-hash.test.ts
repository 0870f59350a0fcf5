import { expect, test } from 'vitest';
import { PARENT, SPAN, hashKeys, idHash } from '../../operators/span-hash.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import { KNOWN_BITS, KNOWN_SEED, SHAPES } from '../../benchmarks/support/hostile-spans.ts';

const SPANS = 2 ** 15;
const SEEDS = Array.from({ length: 20 }, (_, at) => Math.imul(at + 7, 0x9e3779b1));

/** Spans in the fullest of as many buckets as there are spans. */
function fullest(ids: readonly Int32Array[], seed: number): number {
  const keys = hashKeys(seed);
  const counts = new Int32Array(SPANS);
  for (const one of ids) counts[idHash(one, 0, SPAN, keys) & (SPANS - 1)]!++;
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

function idsOf(name: string): readonly Int32Array[] {
  const shape = SHAPES[name]!.shape();
  return Array.from({ length: SPANS }, (_, at) => shape(at).ids);
}

test('no seed loses the differences that a hash of multiplications and shifts loses', () => {
  const ids = idsOf('any_seed');
  expect(new Set(ids.map((one) => one.join())).size).toBe(SPANS);
  for (const seed of SEEDS) expect(fullest(ids, seed)).toBeLessThan(64);
});

test('ids crafted against one seed are as good as any under another', () => {
  const ids = idsOf('known_seed');
  expect(fullest(ids, KNOWN_SEED)).toBeGreaterThan(KNOWN_BITS);
  for (const seed of SEEDS) expect(fullest(ids, seed)).toBeLessThan(64);
});

test.each([
  ['the highest bits of a word', (at: number, word: number) => at << (17 - word)],
  ['the lowest', (at: number) => at],
  ['multiples of a power of two', (at: number) => Math.imul(at, 2 ** 17)],
])('ids that differ in one word, by %s, are spread under every seed', (_, value) => {
  for (let word = 0; word < PARENT; word++) {
    const ids = Array.from({ length: SPANS }, (_one, at) => {
      const id = new Int32Array(ID_WORDS).fill(0x5ca1ab1e);
      id[word] = value(at, 0);
      return id;
    });
    for (const seed of SEEDS) expect(fullest(ids, seed)).toBeLessThan(200);
  }
});

test('the keys of a seed are its own', () => {
  expect(hashKeys(1)).toEqual(hashKeys(1));
  expect(hashKeys(1)).not.toEqual(hashKeys(2));
});
