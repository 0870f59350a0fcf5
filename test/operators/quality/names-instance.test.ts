/** names_instance by example. */
import { test } from 'vitest';
import check from '../../../operators/quality/names-instance.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

test('passes a resource that names it', () => {
  expectVerdicts(check, 'web server res:host.name=a', ['web: 1 passed']);
});

test('fails one that names other things, and a span that names it in place of its resource', () => {
  expectVerdicts(check, 'web server res:telemetry.sdk.name=opentelemetry', ['web: 1 failed']);
  expectVerdicts(check, 'web server res:telemetry.sdk.name=opentelemetry host.name=a', ['web: 1 failed']);
});

test('exempts a resource that names nothing, as in formats that have none', () => {
  expectVerdicts(check, 'web server', ['web: 1 exempt']);
});
