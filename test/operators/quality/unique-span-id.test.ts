/** unique_span_id by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/unique-span-id.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes ids that differ, or are of different traces', () => {
  expectVerdicts(check, 'web server\ncart server < 1\ncart server #2 t2', [
    'cart: 2 passed',
    'web: 1 passed',
  ]);
});

test('fails every span that bears an id borne twice', () => {
  // Earlier implementations kept the last span of an id, and so saw no second.
  expectVerdicts(check, 'web server #7\ncart server #7\nweb internal', [
    'cart: 1 failed',
    'web: 1 passed, 1 failed',
  ]);
  expectVerdicts(check, 'web internal #7\nweb internal #7\nweb internal #7', ['web: 3 failed']);
});

test('a CLIENT and a SERVER span may share an id, two of either may not', () => {
  expectVerdicts(check, 'web client #7\ncart server #7', ['cart: 1 passed', 'web: 1 passed']);
  expectVerdicts(check, 'web client #7\nweb client #7\ncart server #7', ['cart: 1 passed', 'web: 2 failed']);
});

test('a repeat is no other span; a span without ids has none of its own', () => {
  expectVerdicts(check, '"a" web server #7\n"a" web server #7', ['web: 1 passed']);
  expectVerdicts(check, 'web server #0', ['web: 1 failed']);
});
