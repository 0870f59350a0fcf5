/** kind_fits by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/kind-fits.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes SERVER below CLIENT, and CONSUMER below another service’s PRODUCER', () => {
  expectVerdicts(check, 'web client\ncart server < 1', ['cart: 1 passed']);
  expectVerdicts(check, 'web producer\nmailer consumer < 1', ['mailer: 1 passed']);
});

test('fails SERVER within its own service, below a message, and what a message sets off as anything but a CONSUMER', () => {
  expectVerdicts(check, 'web server\nweb server < 1', ['web: 1 failed']);
  expectVerdicts(check, 'web internal\nweb server < 1', ['web: 1 failed']);
  expectVerdicts(check, 'mailer consumer\ncart server < 1', ['cart: 1 failed']);
  expectVerdicts(check, 'web producer\nmailer server < 1', ['mailer: 1 failed']);
  expectVerdicts(check, 'web producer\nmailer internal < 1', ['mailer: 1 failed']);
});

test('leaves a caller without CLIENT spans to has_client_span, and other kinds alone', () => {
  expectVerdicts(check, 'web server\ncart server < 1', []);
  expectVerdicts(check, 'web server\nweb internal < 1\nweb client < 2\nweb producer < 2', []);
  expectVerdicts(check, 'web server', []);
});
