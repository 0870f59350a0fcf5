/** current_conventions by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/current-conventions.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes current names, alone or beside the old ones', () => {
  expectVerdicts(check, 'web server http.request.method=GET', ['web: 1 passed']);
  expectVerdicts(check, 'web server http.method=GET http.request.method=GET', ['web: 1 passed']);
  expectVerdicts(check, 'web internal res:deployment.environment.name=prod', ['web: 1 passed']);
});

test('fails an old name without its current one, of the span or of its resource', () => {
  expectVerdicts(check, 'web server http.method=GET', ['web: 1 failed']);
  expectVerdicts(check, 'web client db.system=redis db.namespace=cache', ['web: 1 failed']);
  expectVerdicts(check, 'web internal res:deployment.environment=prod', ['web: 1 failed']);
});

test('does not judge spans with neither', () => {
  expectVerdicts(check, 'web internal shop.cart=7', []);
});
