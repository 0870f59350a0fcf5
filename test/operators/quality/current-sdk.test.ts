/** current_sdk by example; what is current is go/opentelemetry 1.28.0 and go/jaeger 2.30.0. */
import { test } from 'vitest';
import check from '../../../operators/quality/current-sdk.ts';
import { expectVerdicts } from '../../support/quality-text.ts';

function sdk(version: string, language = 'go'): string {
  return `web server res:telemetry.sdk.language=${language} res:telemetry.sdk.name=opentelemetry res:telemetry.sdk.version=${version}`;
}

test.each(['1.28.0', '1.28', 'v1.28.1', '1.100.0', '2.0.0-rc.1', '1.28.0+build'])('passes %s', (version) => {
  expectVerdicts(check, sdk(version), ['web: 1 passed']);
});

test.each(['1.27.9', '1.3.0', '0.99.0', 'main'])('fails %s', (version) => {
  expectVerdicts(check, sdk(version), ['web: 1 failed']);
});

test('knows Jaeger’s clients', () => {
  expectVerdicts(check, 'web server res:jaeger.version=Go-2.30.0', ['web: 1 passed']);
  expectVerdicts(check, 'web server res:jaeger.version=Go-2.29.1', ['web: 1 failed']);
});

test('exempts languages and libraries that the table does not have, and does not judge spans that tell nothing', () => {
  expectVerdicts(check, sdk('0.0.1', 'cobol'), ['web: 1 exempt']);
  expectVerdicts(check, 'web server\nweb server res:jaeger.version=2.30.0', []);
});

test('tells the spans of one batch apart', () => {
  expectVerdicts(check, [sdk('1.28.0'), sdk('1.27.0'), sdk('1.27.0'), 'web server'].join('\n'), [
    'web: 1 passed, 2 failed',
  ]);
});
