/** has_server_span by example. */
import { expect, test } from 'vitest';
import check from '../../../operators/quality/has-server-span.ts';
import { expectVerdicts, qualitySpans, verdictsOf } from '../../support/quality-text.ts';

test('passes where a caller’s CLIENT span has its SERVER child, each child counting', () => {
  expectVerdicts(check, 'web client\ncart server < 1\ncart server < 1', ['cart: 2 passed']);
});

test('fails the service whose first span in a call is of another kind', () => {
  expectVerdicts(check, 'web client\ncart internal < 1\ncart client < 2', ['cart: 1 failed']);
});

test('fails the service that was called by name and sent nothing', () => {
  expectVerdicts(check, 'web client peer.service=cart', ['cart: 1 failed']);
  expectVerdicts(check, 'web client peer.service=cart\nweb internal < 1', ['cart: 1 failed']);
});

test('exempts a call by name once it is answered: the answer is judged, by its own name', () => {
  expectVerdicts(check, 'web client peer.service=cart\ncart server < 1', ['cart: 1 passed, 1 exempt']);
  expectVerdicts(check, 'web client peer.service=cart-lb\ncart server < 1', [
    'cart-lb: 1 exempt',
    'cart: 1 passed',
  ]);
});

test('exempts late and sampled calls by name', () => {
  expectVerdicts(check, 'web client late peer.service=cart', ['cart: 1 exempt']);
  expectVerdicts(check, 'web client sampled peer.service=cart', ['cart: 1 exempt']);
});

test('does not judge calls within a service, of databases and brokers, and of nobody in particular', () => {
  // Earlier implementations blamed a service for INTERNAL spans below its own CLIENT spans.
  expectVerdicts(check, 'web client\nweb internal < 1', []);
  expectVerdicts(check, 'web client peer.service=orders db.system=mysql', []);
  expectVerdicts(check, 'web client peer.service=web', []);
  expectVerdicts(check, 'web client peer.service=', []);
  expectVerdicts(check, 'web client\nmailer consumer < 1', []);
  expectVerdicts(check, 'web server\ncart server < 1', []);
});

test('a server that shares its id with its client is its child', () => {
  expectVerdicts(check, 'web server\nweb client < 1 #7\ncart server < 1 #7', ['cart: 1 passed']);
});

test('a verdict improves as the missing span arrives', () => {
  const [client, server] = qualitySpans('web client peer.service=cart\ncart server < 1');
  expect(verdictsOf(check, [client!])).toEqual(['cart: 1 failed']);
  expect(verdictsOf(check, [client!, server!])).toEqual(['cart: 1 passed, 1 exempt']);
});
