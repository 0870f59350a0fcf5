import { expect, it } from 'vitest';
import dependenciesJob from '../../../jobs/dependencies.ts';
import redJob from '../../../jobs/red.ts';
import type { Job } from '../../../src/engine/job.ts';
import { fingerprintFrom, foldingOf, slotMessagesOf, tenantFrom } from '../../../src/commands/assemble.ts';
import { topicOptions } from '../../../src/commands/topic-options.ts';
import { type Config, SCHEMA } from '../../../src/config/schema.ts';

function config(values: object = {}): Config {
  return SCHEMA.parse(values);
}

it('a slot holds as many messages as the encoding puts spans into few or many', () => {
  expect(slotMessagesOf(config(), 'jaeger_proto')).toBe(262_144);
  expect(slotMessagesOf(config(), 'otlp_proto')).toBe(4096);
  expect(slotMessagesOf(config(), 'auto')).toBe(4096);
  expect(slotMessagesOf(config({ engine: { slotMessages: 7 } }), 'jaeger_json')).toBe(7);
});

it('a tenant that is not listed counts as default', () => {
  const tenantOf = tenantFrom(config({ tenants: { names: ['a', 'b'] } }));
  expect(['a', 'c', undefined].map(tenantOf)).toEqual(['a', 'default', 'default']);
});

it('the fingerprint holds what changes the meaning of rows, and nothing else', () => {
  const plain = fingerprintFrom(config());
  expect(
    fingerprintFrom(
      config({
        engine: { flushMs: 1, rowsHeldMax: 1 },
        http: { port: 1 },
        log: { level: 'warn' },
        dependencies: { jaeger: { database: 'jaeger' } },
      }),
    ),
  ).toBe(plain);
  const others = [
    config({ engine: { windowMs: 1000 } }),
    config({ engine: { lookbackSpans: 1 } }),
    config({ engine: { weightFromSamplerParam: true } }),
    config({ red: { dimensions: ['a'] } }),
    config({ red: { limits: { rowsPerTenantMax: 1 } } }),
    config({ tenants: { names: ['a'] } }),
    config({ jobs: ['red'] }),
    config({ dependencies: { selfEdges: true } }),
    config({ dependencies: { limits: { rowsPerTenantMax: 1 } } }),
    config({ paths: { limits: { entriesMax: 1 } } }),
  ].map((changed) => fingerprintFrom(changed));
  const topics = [
    { encoding: 'auto', slotMessages: 1 },
    { encoding: 'auto', slotMessages: 2 },
  ].map((own) => fingerprintFrom(config(), own));
  expect(new Set([plain, ...others, ...topics]).size).toBe(1 + others.length + topics.length);
});

it('the header that names tenants is part of it where it can name one', async () => {
  const fingerprintOf = async (names: readonly string[], tenantHeader?: string, tenant?: string) => {
    const read = config({ tenants: { names }, kafka: { tenantHeader } });
    return (await topicOptions(read, 'auto', { tenant, tenantHeader: read.kafka.tenantHeader })).fingerprint;
  };
  const own = await fingerprintOf(['a', 'b']);
  expect(await fingerprintOf(['a', 'b'], 'x')).not.toBe(own);
  expect(await fingerprintOf(['a', 'b'], 'y')).not.toBe(await fingerprintOf(['a', 'b'], 'x'));
  expect(await fingerprintOf(['a', 'b'], 'x', 'a')).toBe(await fingerprintOf(['a', 'b'], undefined, 'a'));
  expect(await fingerprintOf(['default'], 'x')).toBe(await fingerprintOf(['default']));
});

it('links are read where a job asks for them', () => {
  const { dependencies, red } = config();
  const hasLinks = (job: Job): boolean | undefined => foldingOf(config(), [job]).writer.hasLinks;
  expect(hasLinks(dependenciesJob(dependencies))).toBe(true);
  expect(hasLinks(redJob({ ...red, seed: 1 }))).toBe(false);
});
