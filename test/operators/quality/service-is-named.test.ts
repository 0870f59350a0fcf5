/** service_is_named by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/service-is-named.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a name', () => {
  expectVerdicts(check, 'cart server\nunknown internal', ['cart: 1 passed', 'unknown: 1 passed']);
});

test.each([
  'unknown_service',
  'unknown_service:java',
  'missing-service-name',
  'empty-service-name',
  'service-name-wrong-type',
  'OTLPResourceNoServiceName',
])('fails %s', (name) => {
  expectVerdicts(check, `${name} server`, [`${name}: 1 failed`]);
});
