/** has_client_span by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/has-client-span.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes the caller where a SERVER span’s parent is its CLIENT span, or a CONSUMER’s its PRODUCER', () => {
  expectVerdicts(check, 'web client\ncart server < 1', ['web: 1 passed']);
  expectVerdicts(check, 'web producer\nmailer consumer < 1', ['web: 1 passed']);
});

test('fails the caller whose span above the call is of another kind', () => {
  expectVerdicts(check, 'web server\ncart server < 1\ncart internal < 2', ['web: 1 failed']);
  expectVerdicts(check, 'web internal\nmailer consumer < 1', ['web: 1 failed']);
});

test('fails a caller that a SERVER span without a parent names, until its span comes', () => {
  expectVerdicts(check, 'cart server peer.service=web', ['web: 1 failed']);
  // Zipkin's shared ids: the CLIENT span is the parent, though nobody names it.
  expectVerdicts(check, 'web client #7\ncart server #7 peer.service=web', ['web: 1 passed, 1 exempt']);
});

test('exempts late and sampled spans that name their caller', () => {
  expectVerdicts(check, 'cart server late peer.service=web', ['web: 1 exempt']);
  expectVerdicts(check, 'cart server sampled peer.service=web', ['web: 1 exempt']);
});

test('does not judge roots, calls within a service, and children that are no entry', () => {
  expectVerdicts(check, 'cart server', []);
  expectVerdicts(check, 'web server\nweb server < 1', []);
  expectVerdicts(check, 'web server\ncart internal < 1', []);
  expectVerdicts(check, 'cart server < 9 peer.service=web', []);
});
