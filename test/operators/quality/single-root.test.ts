/** single_root by example. */
import { expect, test } from 'vitest';
import check from '../../../operators/quality/single-root.ts';
import { expectVerdicts, qualitySpans, verdictsOf } from '../../support/quality-text.ts';

test('passes the only root of a trace', () => {
  expectVerdicts(check, 'web server\ncart server < 1\npay server t2', ['pay: 1 passed', 'web: 1 passed']);
});

test('fails every root of a trace that has several', () => {
  expectVerdicts(check, 'web server\ncart server\npay internal', [
    'cart: 1 failed',
    'pay: 1 failed',
    'web: 1 failed',
  ]);
});

test('does not judge a SERVER span that shares its id with the CLIENT span that called it', () => {
  expectVerdicts(check, 'web client #7\ncart server #7', ['web: 1 passed']);
  expectVerdicts(check, 'web client #7\ncart server #7\npay server', ['pay: 1 failed', 'web: 1 failed']);
});

test('counts the repeats of a root as that root', () => {
  expectVerdicts(check, '"a" web server #1\n"a" web server #1', ['web: 1 passed']);
});

test('fails the last of very many roots too', () => {
  const text = Array.from({ length: 40 }, () => 'web server').join('\n');
  expect(verdictsOf(check, qualitySpans(text))).toEqual(['web: 40 failed']);
});
