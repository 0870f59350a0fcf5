import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightOfProbability, weightOfTracestate } from '../../../src/codecs/tracestate.ts';
import { WEIGHT_MAX } from '../../../src/limits.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';

function weight(tracestate: string): number {
  const bytes = Buffer.from(`<${tracestate}>`);
  return weightOfTracestate(bytes, 1, bytes.length - 1);
}

describe('the weight of a tracestate', () => {
  it.each([
    ['ot=th:0', 1],
    ['ot=th:8', 2],
    ['ot=th:c', 4],
    ['ot=rv:0123456789abcd;th:fd70a3d70a3d7', 100],
    ['congo=t61rcWkgMzE,ot=th:e', 8],
    ['congo=1 ,\t ot=th:e \t, rojo=2', 8],
    ['ot=th:80000000000000', 2],
    ['ot=th:ffffffffffffff', WEIGHT_MAX],
    ['', 1],
    ['other=th:8', 1],
    ['rot=th:8', 1],
    ['ot=rv:8;tth:8', 1],
    ['ot=th:8x', 1],
    ['ot=th:C', 1],
    ['ot=th:', 1],
    ['ot=th:800000000000000', 1],
    ['ot=th: 8', 1],
    ['ot=th', 1],
    ['ot=', 1],
    [',,;', 1],
  ])('%s is %d', (tracestate, times) => {
    expect(weight(tracestate)).toBeCloseTo(times * WEIGHT_ONE, -1);
  });

  it('is the adjusted count, rounded once to the nearest unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }), fc.boolean(), (threshold, isTrimmed) => {
        const digits = threshold.toString(16).padStart(14, '0');
        const text = isTrimmed ? digits.replace(/0+$/, '') || '0' : digits;
        const exact = (2n ** 77n + (2n ** 56n - threshold)) / (2n * (2n ** 56n - threshold));
        const expected = Math.min(Number(exact), WEIGHT_MAX * WEIGHT_ONE);
        expect(weight(`ot=th:${text}`)).toBe(expected);
        expect(weight(`ot=th:${text}`)).toBe(expected);
      }),
      {
        examples: [
          [0x8000_0000_0000_00n, true],
          [2n ** 56n - 1n, false],
        ],
      },
    );
  });

  it('is not that of another threshold remembered', () => {
    const [one, other] = [weight('ot=th:fffff000000000'), weight('ot=th:fffff008000000')];
    expect([weight('ot=th:fffff000000000'), weight('ot=th:fffff008000000')]).toEqual([one, other]);
    expect(one / WEIGHT_ONE).toBe(2 ** 20);
    expect(other / WEIGHT_ONE).toBeCloseTo(2 ** 28 / 255.5, 5);
  });

  it('never fails, and never is less than one', () => {
    const piece = fc.constantFrom('ot', '=', 'th', ':', ';', ',', ' ', '0', '8', 'f', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(weight(pieces.join(''))).toBeGreaterThanOrEqual(WEIGHT_ONE);
      }),
    );
  });
});

describe('the weight of a probability', () => {
  it.each([
    [1, 1],
    [0.5, 2],
    [0.25, 4],
    [2 ** -24, WEIGHT_MAX],
    [2 ** -30, WEIGHT_MAX],
    [5e-324, WEIGHT_MAX],
    [0, 1],
    [-1, 1],
    [2, 1],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])('%d is %d', (p, times) => {
    expect(weightOfProbability(p)).toBe(times * WEIGHT_ONE);
  });

  it('is the nearest unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -24, max: 1, noNaN: true }), (p) => {
        expect(Math.abs(weightOfProbability(p) - WEIGHT_ONE / p)).toBeLessThan(0.51);
      }),
    );
  });
});
