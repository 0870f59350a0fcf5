import { expect, it } from 'vitest';
import {
  describeError,
  exitCodeOf,
  listenError,
  storeError,
  UsageError,
} from '../../../src/commands/failure.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { SCHEMA } from '../../../src/config/schema.ts';

it('a wrong configuration or command line is 2, anything else that fails 1', () => {
  expect([new ConfigError(['x']), new UsageError('x'), new Error('x'), 'x'].map(exitCodeOf)).toEqual([
    2, 2, 1, 1,
  ]);
});

it('errors are told without stacks, with causes that add something', () => {
  const error = new Error('cannot start', { cause: new Error('port taken') });
  expect(describeError(error, false)).toBe('cannot start\n  because: port taken');
  expect(
    describeError(new Error('cannot start: port taken', { cause: new Error('port taken') }), false),
  ).toBe('cannot start: port taken');
  expect(describeError(error, true)).toContain('failure.test.ts');
});

it('an address where nothing can listen is the fault of the keys that name it', () => {
  const failed = (code: string): Error => Object.assign(new Error('listen'), { code });
  const place = { host: '10.0.0.1', port: 4318 };
  expect(String(listenError(failed('EADDRINUSE'), 'otlpHttp', place))).toMatch(
    /otlpHttp\.port: 4318 is in use; .* set another port \(WEIR_OTLP_HTTP_PORT\)$/,
  );
  expect(String(listenError(failed('EACCES'), 'http', place))).toMatch(
    /http\.host, http\.port: .*10\.0\.0\.1:4318/,
  );
  const other = failed('EMFILE');
  expect(listenError(other, 'http', place)).toBe(other);
});

it('a server that cannot be used is named with its keys, an embedded one as it is', () => {
  const { clickhouse } = SCHEMA.parse({});
  const error = new Error('connect ECONNREFUSED');
  expect(storeError(error, { clickhouse })).toBe(error);
  expect(String(storeError(error, { clickhouse: { ...clickhouse, url: 'http://db:8123' } }))).toMatch(
    /ClickHouse at http:\/\/db:8123: connect ECONNREFUSED\. Check clickhouse\.url/,
  );
});
