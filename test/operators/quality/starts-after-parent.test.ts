/** starts_after_parent by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/starts-after-parent.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a child that starts with its parent or later, or a millisecond before', () => {
  expectVerdicts(check, 'web server @0+9\nweb internal < 1 @0+9\nweb client < 1 @-1000+9', ['web: 2 passed']);
});

test('fails one that starts before', () => {
  expectVerdicts(check, 'web server @0+9\nweb internal < 1 @-1001+9', ['web: 1 failed']);
});

test('does not judge children on other hosts', () => {
  expectVerdicts(check, 'web client @0+9\ncart internal < 1 @-5000+9', []);
  expectVerdicts(check, 'web client @0+9\nweb server < 1 @-5000+9', []);
});
