/** docs/weir.yaml is a configuration that Weir takes, whole, with the secrets where it says they are. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { loadJobs } from '../../../src/engine/load-jobs.ts';

const SECRETS = '/run/secrets/';
let directory: string;
let text: string;
let loaded: LoadedConfig;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-sample-'));
  text = await readFile('docs/weir.yaml', 'utf8');
  for (const [, name] of text.matchAll(/\/run\/secrets\/([\w-]+)/g))
    await writeFile(join(directory, name!), `secret of ${name}\n`);
  const file = join(directory, 'weir.yaml');
  await writeFile(file, text.replaceAll(SECRETS, `${directory}/`));
  loaded = await loadConfig({ file, environment: {} });
});
afterAll(() => rm(directory, { recursive: true }));

describe('docs/weir.yaml', () => {
  it('is taken, and its jobs are there', async () => {
    const { config, warnings } = loaded;
    expect(warnings).toEqual([]);
    expect((await loadJobs(config.jobs, config)).map(({ name }) => name)).toEqual(config.jobs);
  });

  it('shows Kafka by TLS and SASL, a ClickHouse server, a token and tenants', () => {
    const { kafka, clickhouse, http, tenants } = loaded.config;
    expect(kafka).toMatchObject({ tls: { enabled: true }, sasl: { mechanism: 'scram-sha-512' } });
    const secrets = [kafka.sasl?.password, clickhouse.password, http.token];
    expect(secrets.map((secret) => secret?.reveal())).toEqual(
      ['kafka-password', 'clickhouse-password', 'weir-token'].map((name) => `secret of ${name}`),
    );
    expect(clickhouse.url).toMatch(/^https:/);
    expect(tenants.names.length).toBeGreaterThan(1);
  });

  it('is where README.md and docs/CONFIG.md link to', async () => {
    expect(await readFile('README.md', 'utf8')).toContain('](docs/weir.yaml)');
    expect(await readFile('docs/CONFIG.md', 'utf8')).toContain('](weir.yaml)');
  });
});
