import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { screenText } from '../../../src/commands/screen.ts';
import { SCHEMA } from '../../../src/config/schema.ts';

function screenOf(config: object, file?: string): string {
  const place = 'http://127.0.0.1:4318';
  return screenText(
    {
      version: '1.2.3',
      sources: [{ name: 'OTLP/HTTP', place }],
      store: { description: 'embedded', curl: 'curl -s STORE' },
      address: 'http://127.0.0.1:8889',
      config: SCHEMA.parse(config),
      file,
    },
    pc.createColors(false),
  );
}

/** The lines to paste. */
function triesOf(config: object, file?: string): readonly string[] {
  return screenOf(config, file)
    .split('  Try\n')[1]!
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  # '));
}

describe('the lines to try', () => {
  it('are of the jobs that run', () => {
    const all = triesOf({}).join('\n');
    for (const part of [
      '/api/v3/services',
      '/api/metrics/calls',
      'weir.red',
      'traces_span_metrics_calls',
      ' report ',
    ])
      expect(all).toContain(part);
    const joined = triesOf({ jobs: ['dependencies', 'quality'] }).join('\n');
    expect(joined).toContain('FROM weir.dependencies');
    expect(joined).toContain(' report ');
    expect(joined).toContain("'http://127.0.0.1:8889/metrics'\n");
    expect(joined).not.toMatch(/services|metrics\/calls|weir\.red|span_metrics/);
    expect(triesOf({ jobs: ['paths'] }).join('\n')).toContain('FROM weir.paths');
    expect(triesOf({ jobs: ['paths'] }).join('\n')).not.toContain(' report ');
  });

  it('ask SQL of a view that is there', () => {
    for (const job of ['red', 'dependencies', 'quality', 'paths', 'another'])
      expect(triesOf({ jobs: [job] }).filter((line) => line.includes('curl -s STORE'))).toEqual([
        expect.stringContaining(`FROM weir.${job === 'another' ? 'progress' : job} `),
      ]);
  });

  it('name the file that holds the token, from any directory', () => {
    const report = (config: object, file?: string): string =>
      triesOf(config, file).find((line) => line.includes(' report '))!;
    expect(report({})).not.toContain('--config');
    expect(report({ http: { token: 'the-secret' } }, '/etc/weir.yaml')).toContain(
      " --config '/etc/weir.yaml'",
    );
    expect(report({}, 'weir.yaml')).toContain(` --config '${process.cwd()}/weir.yaml'`);
  });
});

it('says what the token is, without it', () => {
  const screen = screenOf({ http: { token: 'the-secret' } });
  expect(screen).toContain('http.token; put it into WEIR_HTTP_TOKEN for the lines below that name it');
  expect(screen).not.toContain('the-secret');
  expect(screenOf({})).not.toContain('WEIR_HTTP_TOKEN');
});
