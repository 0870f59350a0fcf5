/** sane_duration by example; a day is the most a span may last. */
import { test } from 'vitest';
import check from '../../../operators/quality/sane-duration.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes no time at all, and a day', () => {
  expectVerdicts(check, 'web server @0+0\nweb server @0+86400000000', ['web: 2 passed']);
});

test('fails more than a day, and an end before the start', () => {
  expectVerdicts(check, 'web server @0+86400000001\nweb server reversed', ['web: 2 failed']);
});
