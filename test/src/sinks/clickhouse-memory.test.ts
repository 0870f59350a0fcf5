/** What the sink holds on to between two flushes. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestClickHouse, startTestClickHouse, testRedJob } from '../../support/clickhouse.ts';
import { redFlush } from '../../support/red-table-rows.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse([testRedJob()]);
});

afterAll(async () => {
  await store.stop();
});

test('rows that were written are held by nobody, not even by a socket that lies idle', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const rows = await written();
  // What was looked at in this turn of the event loop is kept until the next.
  await setImmediate();
  collect();
  expect(rows.deref()).toBeUndefined();
});

/** Writes a flush, and lets go of it. */
async function written(): Promise<WeakRef<object>> {
  const flush = redFlush([{ tenant: 'forgotten', durationsUs: [5] }]);
  const [rows] = flush.rows;
  await store.sink.writeRows([flush]);
  return new WeakRef(rows!);
}
