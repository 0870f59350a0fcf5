import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { UnreachableError, apiAddress, askApi } from '../../../src/commands/api-client.ts';
import type { Config } from '../../../src/config/schema.ts';
import { Secret } from '../../../src/config/secret.ts';

const http = { token: new Secret('a-token-of-ours') } as Config['http'];

/** Says what it was asked with. */
const server = createServer(({ url, headers }, answer) => {
  answer
    .writeHead(url === '/' ? 200 : 502)
    .end(`${headers['x-tenant']?.toString() ?? ''} ${headers.authorization ?? ''}`);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => void server.close());

it.each([
  ['localhost', 'http://localhost:8889'],
  ['0.0.0.0', 'http://127.0.0.1:8889'],
  ['::', 'http://127.0.0.1:8889'],
  ['::1', 'http://[::1]:8889'],
])('what listens on %s is asked at %s', (host, address) => {
  expect(apiAddress({ http: { ...http, host, port: 8889 } })).toBe(address);
});

it('asks with token and tenant', async () => {
  expect(await askApi(`http://127.0.0.1:${port}/`, { http }, { tenant: 'a' })).toBe(
    'a Bearer a-token-of-ours',
  );
});

it('an answer that repeats the token is told without it', async () => {
  const failed = askApi(`http://127.0.0.1:${port}/api`, { http }, { tenant: 'a' });
  await expect(failed).rejects.toThrow(/\/api answers 502: a Bearer \*\*\*$/);
});

it('where nothing listens, that is told', async () => {
  await expect(askApi('http://127.0.0.1:1/', { http }, { tenant: 'a' })).rejects.toThrow(UnreachableError);
});
