/** attributes_in_bounds by example; what is within bounds is for codecs to say. */
import { expect, test } from 'vitest';
import check from '../../../operators/quality/attributes-in-bounds.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a span within bounds, and fails one that is not, whatever its kind and parent', () => {
  expectVerdicts(check, 'web server\nweb client < 1\ncart server < 2 oversized\nbatch internal oversized', [
    'batch: 1 failed',
    'cart: 1 failed',
    'web: 2 passed',
  ]);
});

test('names the bounds', () => {
  expect(check.passes).toContain('128 attributes');
  expect(check.passes).toContain('4096 bytes');
});
