/**
 * A line to ClickHouse that fails in every way a line can, and is cut for longer than anybody waits: nothing is lost, doubled or held without bound, the
 * process says how it stands, and goes on by itself. WEIR_FAULT_ROUNDS says how often each fault comes (default 1), WEIR_OUTAGE_S for how long the line
 * is cut (default 5), WEIR_FAULT_SEED in which order: `WEIR_FAULT_ROUNDS=20 WEIR_OUTAGE_S=300 npx vitest run test/integration/store-faults.test.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { FAULT_NAMES, FaultProxy } from '../support/fault-proxy.ts';
import { CHUNK_MESSAGES, GrowingLog } from '../support/growing-log.ts';
import { joinAndLeave } from '../support/group-guest.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { configFor, expectExact, isRead } from '../support/read-log.ts';
import { type RunningWeir, startWeir, untilTrue, valueOf, workDirectory } from '../support/weir-process.ts';

const ROUNDS = Number(process.env['WEIR_FAULT_ROUNDS'] ?? 1);
const OUTAGE_S = Number(process.env['WEIR_OUTAGE_S'] ?? 5);
const SEED = Number(process.env['WEIR_FAULT_SEED'] ?? Date.now() % 1_000_000);
const TOPIC = 'store-faults';
const PARTITIONS = 2;
/** Sent while the line is cut: far more than may be held. */
const BACKLOG = 1200;
/** Rows of the slots under way are held whatever the limit says: some hundreds a partition. The backlog has more than ten thousand. */
const ROWS_MAX = 3000;
/** A try that failed is made again after half a minute at most. */
const HEALING_MS = 120_000;
/** Of one process: nothing that waits for the store is held here. */
const RSS_MAX = 400 * 2 ** 20;

const reason = kafkaSkipReason(['4.3.1']);
const title = `a failing line to the store, seed ${SEED}${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: TestKafka;
  let server: TestClickHouse;
  let proxy: FaultProxy;
  let log: GrowingLog;
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  const statusOf = async (path: string): Promise<number> => (await weir.get(path)).status;
  const lag = (): Promise<number> => valueOf(weir, 'weir_consumer_lag_messages');
  /** All is read, by itself, and Weir says so. */
  const settled = async (): Promise<void> => {
    await untilTrue(weir, () => isRead(weir, log), HEALING_MS);
    await untilTrue(weir, async () => (await statusOf('/readyz')) === 200);
    await untilTrue(weir, async () => (await lag()) === 0);
  };
  const expectBounded = async (): Promise<void> => {
    expect(await valueOf(weir, 'weir_rows_held')).toBeLessThan(ROWS_MAX);
    expect(await valueOf(weir, 'process_resident_memory_bytes')).toBeLessThan(RSS_MAX);
  };

  beforeAll(async () => {
    kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    log = await GrowingLog.create({ kafka, topic: TOPIC, partitions: PARTITIONS, seed: SEED });
    server = await startTestClickHouse([]);
    proxy = await FaultProxy.open(server.options, SEED);
    const config = configFor(log, { kafka, url: proxy.url, isInGroup: true });
    weir = await startWeir(directory.path, [], { config });
    await log.send(12 * CHUNK_MESSAGES);
    await settled();
  });

  afterAll(async () => {
    await weir.end('SIGKILL');
    await Promise.all([log.close(), proxy.close()]);
    await server.stop();
    await directory.remove();
  });

  it('changes no row, whatever befalls which request', { timeout: ROUNDS * 120_000 + 180_000 }, async () => {
    proxy.isFaulty = true;
    for (let round = 1; round <= ROUNDS; round++) {
      // Claims too meet faults.
      await joinAndLeave(kafka, TOPIC, TOPIC);
      while (proxy.total < round * FAULT_NAMES.length) {
        await log.send(CHUNK_MESSAGES, 100);
        await expectBounded();
      }
    }
    proxy.isFaulty = false;
    await settled();
    await expectExact(weir, log);
    await proxy.land();
    await expectExact(weir, log);
    expect([...proxy.injected.keys()].sort()).toEqual([...FAULT_NAMES].sort());
  });

  it('has Kafka hold what comes while it is cut', { timeout: OUTAGE_S * 1000 + 300_000 }, async () => {
    await proxy.cut(async () => {
      await log.send(BACKLOG);
      await untilTrue(weir, async () => (await statusOf('/readyz')) === 503);
      await sleep(OUTAGE_S * 1000);
      expect(await statusOf('/readyz')).toBe(503);
      expect(await statusOf('/livez')).toBe(200);
      // Reading waits: all but a little of the backlog is still in Kafka.
      expect(await lag()).toBeGreaterThan(BACKLOG / 2);
      await expectBounded();
    });
    await settled();
    await expectExact(weir, log);
  });

  it('may be cut while partitions come and go', { timeout: 300_000 }, async () => {
    await proxy.cut(async () => {
      await log.send(4 * CHUNK_MESSAGES);
      await joinAndLeave(kafka, TOPIC, TOPIC);
      await untilTrue(weir, async () => (await statusOf('/readyz')) === 503);
      expect(await statusOf('/livez')).toBe(200);
    });
    await settled();
    await expectExact(weir, log);
  });
});
