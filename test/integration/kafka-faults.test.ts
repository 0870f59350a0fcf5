/**
 * What Kafka and its operators do to a group of Weirs over one store: brokers die, members freeze and wake, transactions are taken back, partitions are
 * added, committed offsets moved, messages removed. After each, the tables are exact and the lag returns to zero by itself. WEIR_FAULT_SEED says which log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { CHUNK_MESSAGES, GrowingLog } from '../support/growing-log.ts';
import { joinAndLeave } from '../support/group-guest.ts';
import { kafkaSkipReason, type OwnKafka, startKafka } from '../support/kafka.ts';
import { configFor, expectExact, isRead, READ_RULES } from '../support/read-log.ts';
import { StoreGate } from '../support/store-gate.ts';
import { expectTables } from '../support/stored-tables.ts';
import { type RunningWeir, startWeir, untilTrue, valueOf, workDirectory } from '../support/weir-process.ts';

const SEED = Number(process.env['WEIR_FAULT_SEED'] ?? Date.now() % 1_000_000);
const TOPIC = 'kafka-faults';
const HEALING_MS = 150_000;
const STORM = Number(process.env['WEIR_FAULT_ROUNDS'] ?? 4);

const reason = kafkaSkipReason(['4.3.1']);
const title = `Kafka that fails, seed ${SEED}${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: OwnKafka;
  let server: TestClickHouse;
  let gate: StoreGate;
  let log: GrowingLog;
  let members: RunningWeir[] = [];
  const directories: Awaited<ReturnType<typeof workDirectory>>[] = [];

  const start = async (of: GrowingLog, isInGroup: boolean): Promise<RunningWeir> => {
    const directory = await workDirectory();
    directories.push(directory);
    const config = configFor(of, { kafka, url: gate.url, isInGroup });
    return startWeir(directory.path, [], { config });
  };
  const join = async (): Promise<RunningWeir> => {
    const weir = await start(log, true);
    members.push(weir);
    return weir;
  };
  const leave = async (weir: RunningWeir, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    members = members.filter((member) => member !== weir);
    const { code, stderr } = await weir.end(signal);
    expect(code, stderr).toBe(signal === 'SIGTERM' ? 0 : signal);
  };
  const expectSettled = async (): Promise<void> => {
    const [first] = members;
    await untilTrue(first!, () => isRead(first!, log), HEALING_MS);
    for (const weir of members)
      await untilTrue(weir, async () => {
        const isReady = (await weir.get('/readyz')).status === 200;
        return isReady && (await valueOf(weir, 'weir_consumer_lag_messages')) === 0;
      });
    await expectExact(first!, log);
  };
  const asOperator = async (
    act: (admin: ReturnType<OwnKafka['client']['admin']>) => Promise<unknown>,
  ): Promise<void> => {
    const admin = kafka.client.admin();
    await admin.connect();
    await act(admin).finally(() => admin.disconnect());
  };

  beforeAll(async () => {
    [kafka, server] = await Promise.all([startKafka('4.3.1'), startTestClickHouse([])]);
    gate = await StoreGate.to(server.options);
    log = await GrowingLog.create({ kafka, topic: TOPIC, partitions: 2, seed: SEED });
    await join();
    await log.send(12 * CHUNK_MESSAGES);
    await expectSettled();
  });

  afterAll(async () => {
    await Promise.all(members.map((weir) => weir.end('SIGKILL')));
    await log.close();
    await gate.close();
    await server.stop();
    await kafka.stop();
    await Promise.all(directories.map((directory) => directory.remove()));
  });

  it('transactions that were taken back, and control records, hold nothing', async () => {
    await log.sendInTransactions(8);
    await log.send(2 * CHUNK_MESSAGES);
    await expectSettled();
  });

  it('a broker that was killed is waited for', async () => {
    await log.send(4 * CHUNK_MESSAGES);
    await log.close();
    await kafka.kill();
    await kafka.restart();
    await log.send(4 * CHUNK_MESSAGES);
    await expectSettled();
  });

  it('partitions that are added are read from their first message', async () => {
    await asOperator((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: log.partitions.length + 1 }] }),
    );
    log.added(1);
    await log.close();
    await log.send(6 * CHUNK_MESSAGES);
    await expectSettled();
  });

  it('members come and go', async () => {
    for (let round = 0; round < STORM; round++) {
      const sending = log.send(4 * CHUNK_MESSAGES, 100);
      await joinAndLeave(kafka, TOPIC, TOPIC);
      if (round === 1) await join();
      if (round === 2) await leave(members[0]!, 'SIGTERM');
      await sending;
    }
    await expectSettled();
  });

  it('a member frozen past its session writes on when it wakes', async () => {
    const [heir] = members;
    const zombie = await join();
    // It has its share, and is in the middle of it.
    const sending = log.send(12 * CHUNK_MESSAGES, 100);
    await untilTrue(zombie, async () => (await valueOf(zombie, 'weir_messages_total')) > 0);
    process.kill(zombie.pid, 'SIGSTOP');
    await sending;
    // Its heir has to wait for the group to give it up.
    await untilTrue(heir!, () => isRead(heir!, log), HEALING_MS);
    process.kill(zombie.pid, 'SIGCONT');
    await log.send(6 * CHUNK_MESSAGES);
    await expectSettled();
    await leave(zombie, 'SIGTERM');
  });

  it.each([
    ['back', () => '0'],
    ['ahead', (log: GrowingLog, partition: number) => String(log.partitions[partition]!.length)],
  ])('committed offsets that an operator sets %s decide nothing', async (_, offsetOf) => {
    for (const weir of members) await leave(weir, 'SIGTERM');
    await log.send(3 * CHUNK_MESSAGES);
    await asOperator((admin) =>
      admin.setOffsets({
        groupId: TOPIC,
        topic: TOPIC,
        partitions: [...log.partitions.keys()].map((partition) => ({
          partition,
          offset: offsetOf(log, partition),
        })),
      }),
    );
    await join();
    await log.send(3 * CHUNK_MESSAGES);
    await expectSettled();
  });

  it('counts what retention took before it was read, to the message', async () => {
    const topic = 'retained';
    const own = await GrowingLog.create({ kafka, topic, partitions: 1, seed: SEED + 9 });
    const messages = own.partitions[0]!;
    const read = (weir: RunningWeir): Promise<void> => untilTrue(weir, () => isRead(weir, own), HEALING_MS);
    /** What each counts from, the first message still there when it began, and where the next one began. */
    const generations = [{ origin: 0, first: 0, end: 0 }];
    let weir = await start(own, false);
    // First what is needed to go on within the slot, then messages nobody has read.
    for (const unread of [-READ_RULES.red.slotMessages, 13]) {
      await own.send(10 * CHUNK_MESSAGES);
      await read(weir);
      expect((await weir.end('SIGTERM')).code).toBe(0);
      const first = messages.length + unread;
      generations.at(-1)!.end = messages.length;
      generations.push({ origin: Math.max(messages.length, first), first, end: 0 });
      await own.send(4 * CHUNK_MESSAGES);
      await asOperator(async (admin) => {
        await admin.fetchTopicOffsets(topic); // kafkajs deletes only in topics it has heard of
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(first) }] });
      });
      weir = await start(own, false);
      await read(weir);
      expect(await valueOf(weir, 'weir_data_loss_messages_total')).toBe(Math.max(0, unread));
    }
    generations.at(-1)!.end = messages.length;
    for (const [at, { origin, first, end }] of generations.entries()) {
      // What was gone when the generation began is neither counted nor looked back at.
      const left = messages
        .slice(0, end)
        .map((message, offset) => (offset < first ? { ...message, spans: [] } : message));
      const place = { topic, partition: 0, generation: at + 1 };
      const rules = { ...READ_RULES, red: { ...READ_RULES.red, origin } };
      expect(await expectTables(weir, place, left, rules)).toBeGreaterThan(0);
    }
    await own.close();
    expect((await weir.end('SIGTERM')).code).toBe(0);
  });
});

const CLUSTER_TOPIC = 'leader-faults';

describe.skipIf(reason !== undefined)(`three brokers, seed ${SEED}`, () => {
  it('a partition whose leader died is read from the next one', { timeout: 300_000 }, async () => {
    const [kafka, server, directory] = await Promise.all([
      startKafka('4.3.1', 3),
      startTestClickHouse([]),
      workDirectory(),
    ]);
    const gate = await StoreGate.to(server.options);
    const log = await GrowingLog.create({ kafka, topic: CLUSTER_TOPIC, partitions: 3, seed: SEED });
    try {
      const config = configFor(log, { kafka, url: gate.url, isInGroup: true });
      const weir = await startWeir(directory.path, [], { config });
      await log.send(6 * CHUNK_MESSAGES);
      await untilTrue(weir, () => isRead(weir, log), HEALING_MS);
      await log.close();
      // Each leads one of the partitions; the second and third never both at once.
      for (const node of [2, 3]) {
        await kafka.kill(node);
        await untilOthersLead(kafka, node);
        await log.send(6 * CHUNK_MESSAGES);
        await untilTrue(weir, () => isRead(weir, log), HEALING_MS);
        await log.close();
        await kafka.restart(node);
      }
      await log.send(6 * CHUNK_MESSAGES);
      await untilTrue(weir, () => isRead(weir, log), HEALING_MS);
      await expectExact(weir, log);
      expect((await weir.end('SIGTERM')).code).toBe(0);
    } finally {
      await log.close();
      await gate.close();
      await server.stop();
      await kafka.stop();
      await directory.remove();
    }
  });
});

/** Until then nobody takes what a test sends to the partition that the node led. */
async function untilOthersLead(kafka: OwnKafka, node: number): Promise<void> {
  const admin = kafka.client.admin();
  await admin.connect();
  const isElected = async (): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [CLUSTER_TOPIC] });
    return topics[0]!.partitions.every(({ leader }) => leader !== node);
  };
  while (!(await isElected().catch(() => false))) await sleep(100);
  await admin.disconnect();
}
