/** not_in_future by example; the tolerance is half a second, and records are written when spans start. */
import { test } from 'vitest';
import check from '../../../operators/quality/not-in-future.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes what ends before its record was written, give or take the tolerance', () => {
  expectVerdicts(check, 'web server @-9000+100\nweb server @0+500000\nweb server late', ['web: 3 passed']);
});

test('fails what ends later', () => {
  expectVerdicts(check, 'web server @0+500001', ['web: 1 failed']);
});
