/** messaging_context by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/messaging-context.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a CONSUMER span with a parent or a link', () => {
  expectVerdicts(check, 'mailer consumer < 9', ['mailer: 1 passed']);
  expectVerdicts(check, 'mailer consumer ~9t2\nmailer consumer ~9 ~8', ['mailer: 2 passed']);
});

test('fails one without either', () => {
  expectVerdicts(check, 'mailer consumer\nmailer consumer ~9\nmailer consumer', [
    'mailer: 1 passed, 2 failed',
  ]);
});

test('exempts a receive, and judges no other kind', () => {
  expectVerdicts(check, 'mailer consumer messaging.operation.type=receive', ['mailer: 1 exempt']);
  expectVerdicts(check, 'mailer consumer messaging.operation=process', ['mailer: 1 failed']);
  expectVerdicts(check, 'web producer\nweb server', []);
});
