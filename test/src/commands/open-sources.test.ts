/** Whether the sources are opened as the configuration says. */
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openSources } from '../../../src/commands/open-sources.ts';
import { SCHEMA } from '../../../src/config/schema.ts';
import { openReader } from '../../../src/sinks/clickhouse-reader.ts';

const BODY_BYTES = 1000;

it.each([
  [0.25, ['acme', 'globex'], [200, 200, 429]],
  [0.5, ['acme', 'globex'], [200, 200, 200]],
  [0.25, ['acme'], [200, 200, 200]],
])('of a buffer with shares of %d among %j one tenant gets %j', async (tenantShare, names, expected) => {
  const otlpHttp = { port: 0, requestBytesMax: BODY_BYTES, bufferBytesMax: 10 * BODY_BYTES, tenantShare };
  const config = SCHEMA.parse({ otlpHttp, tenants: { names } });
  const [source] = await openSources(config, {
    jobs: [],
    log: pino({ level: 'silent' }),
    reader: openReader({ url: 'http://127.0.0.1:1', database: 'weir' }),
  });
  const statuses: number[] = [];
  for (const _ of expected) {
    const headers = { 'content-type': 'application/json', 'x-tenant': 'acme' };
    const body = `{}${' '.repeat(BODY_BYTES - 2)}`;
    const answer = await fetch(`${source!.place}/v1/traces`, { method: 'POST', headers, body });
    statuses.push(answer.status);
  }
  await source!.binding.source.stop();
  expect(statuses).toEqual(expected);
});

it("the demo's rate is said to be what it is: a day's mean", async () => {
  const config = SCHEMA.parse({ otlpHttp: { enabled: false }, demo: { enabled: true, spansPerSecond: 70 } });
  const parts = { jobs: [], log: pino({ level: 'silent' }) };
  const reader = {
    ...openReader({ url: 'http://127.0.0.1:1', database: 'weir' }),
    query: () => Promise.resolve([]),
  };
  const [source] = await openSources(config, { ...parts, reader });
  await source!.binding.source.stop();
  expect(source!.place).toBe('70 spans/s averaged over a day, the past hour filled in');
});
