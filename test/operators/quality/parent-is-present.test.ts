/** parent_is_present by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/parent-is-present.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes where the parent is there, whatever its service, and in any order', () => {
  expectVerdicts(check, 'web server\nweb internal < 1\ncart server < 2', ['cart: 1 passed', 'web: 1 passed']);
});

test('fails a span whose parent never came, whose parent is in another trace, and one that is its own parent', () => {
  expectVerdicts(check, 'cart server < 9', ['cart: 1 failed']);
  expectVerdicts(check, 'web server t2\ncart server < 1', ['cart: 1 failed']);
  expectVerdicts(check, 'cart server < 1', ['cart: 1 failed']);
});

test('exempts late and sampled spans, and stays with that', () => {
  expectVerdicts(check, 'cart server < 9 late', ['cart: 1 exempt']);
  expectVerdicts(check, 'cart server < 9 sampled', ['cart: 1 exempt']);
  expectVerdicts(check, 'web client\ncart server < 1 sampled', ['cart: 1 exempt']);
});

test('does not judge spans without a parent id, and counts a repeat once', () => {
  expectVerdicts(check, 'web server', []);
  expectVerdicts(check, 'web server\n"a" cart server < 1 #2\n"a" cart server < 1 #2', ['cart: 1 passed']);
});
