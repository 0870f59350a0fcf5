/** no_clock_skew by example; the tolerance is half a second. */
import { test } from 'vitest';
import check from '../../../operators/quality/no-clock-skew.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes what starts within its caller’s time, give or take the tolerance', () => {
  expectVerdicts(check, 'web client @0+1000\ncart server < 1 @500+100', ['cart: 1 passed']);
  expectVerdicts(check, 'web client @0+1000\ncart server < 1 @-500000+100', ['cart: 1 passed']);
  expectVerdicts(check, 'web client @0+1000\ncart server < 1 @501000+100', ['cart: 1 passed']);
});

test('fails what starts too early, and a SERVER span that starts when its caller has long ended', () => {
  expectVerdicts(check, 'web client @0+1000\ncart server < 1 @-500001+100', ['cart: 1 failed']);
  expectVerdicts(check, 'web client @0+1000\ncart server < 1 @501001+100', ['cart: 1 failed']);
  expectVerdicts(check, 'web server @0+1000\ncart internal < 1 @-600000+100', ['cart: 1 failed']);
});

test('a message may be consumed long after', () => {
  expectVerdicts(check, 'web producer @0+1000\nmailer consumer < 1 @9000000+100', ['mailer: 1 passed']);
});

test('judges nothing within one process', () => {
  expectVerdicts(check, 'web server @0+1000\nweb internal < 1 @-900000+100', []);
  expectVerdicts(check, 'web client @0+1000\nweb server < 1 @-900000+100', ['web: 1 failed']);
});
