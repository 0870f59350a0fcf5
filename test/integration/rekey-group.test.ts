/**
 * Scattered traces re-keyed by a consumer group over one store: a member freezes past its session and writes on beside its heirs, another dies
 * before its stubs are sent, a third leaves. Dependencies, paths and quality are those of whole traces all the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { kafkaSkipReason, sharedKafka } from '../support/kafka.ts';
import { expectedRed, expectRed, redOf } from '../support/public-views.ts';
import { readOf, SCATTERED_RULES, scatteredMessages, ScatteredTopic } from '../support/scattered-topic.ts';
import { StoreGate } from '../support/store-gate.ts';
import { type RunningWeir, startWeir, untilTrue, valueOf, workDirectory } from '../support/weir-process.ts';
import { expectWholeDependencies, expectWholePaths, expectWholeQuality } from '../support/whole-traces.ts';

const TOPIC = 'scattered-in-group';
const PARTITIONS = 4;
/** Members that died are given up after fifteen seconds, one after the other. */
const HEALING_MS = 150_000;

const reason = kafkaSkipReason(['4.3.1']);
const title = `scattered traces read by a group${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let server: TestClickHouse;
  let gate: StoreGate;
  let topic: ScatteredTopic;
  let last: RunningWeir;
  const members: RunningWeir[] = [];
  const directories: Awaited<ReturnType<typeof workDirectory>>[] = [];

  const join = async (environment: Readonly<Record<string, string>> = {}): Promise<RunningWeir> => {
    const directory = await workDirectory();
    directories.push(directory);
    const weir = await startWeir(directory.path, [], { config: topic.config(), environment });
    members.push(weir);
    return weir;
  };
  const reads = (weir: RunningWeir): Promise<void> =>
    untilTrue(weir, async () => (await valueOf(weir, 'weir_messages_total')) > 0, HEALING_MS);

  beforeAll(async () => {
    const kafka = await sharedKafka('4.3.1');
    server = await startTestClickHouse([]);
    gate = await StoreGate.to(server.options);
    topic = await ScatteredTopic.create(kafka, {
      topic: TOPIC,
      partitions: PARTITIONS,
      // Spans of a frozen member's partitions come long after the others of their traces.
      stubSlotMessages: 100_000,
      isInGroup: true,
      clickhouseUrl: gate.url,
    });
    const [first, second, third] = [41, 42, 43].map(scatteredMessages);
    const [zombie, leaver] = [await join(), await join()];
    const sending = topic.send(first!);
    await Promise.all([reads(zombie), reads(leaver)]);
    await untilTrue(leaver, async () => (await readOf(leaver, topic.stubs)) > 0);
    process.kill(zombie.pid, 'SIGSTOP');
    await sending;
    // What it read is its heirs' to send.
    const dying = await join({ WEIR_FAILPOINTS: 'stubs.sending@1' });
    await topic.send(second!);
    expect((await dying.ended).code).toBe('SIGKILL');
    await untilTrue(leaver, () => topic.isRead(leaver), HEALING_MS);
    // Whatever it does now, its heirs have done.
    process.kill(zombie.pid, 'SIGCONT');
    await topic.send(third!);
    await untilTrue(leaver, () => topic.isRead(leaver), HEALING_MS);
    last = zombie;
    const { code, stderr } = await leaver.end('SIGTERM');
    expect(code, stderr).toBe(0);
    await topic.send(scatteredMessages(44));
    await untilTrue(last, () => topic.isRead(last), HEALING_MS);
  });

  afterAll(async () => {
    await Promise.all(members.map((weir) => weir.end('SIGKILL')));
    await gate.close();
    await server.stop();
    await Promise.all(directories.map((directory) => directory.remove()));
  });

  it('joins as if every trace had lain in one place: dependencies', async () => {
    await expectWholeDependencies(last, topic.logs);
  });

  it('and paths', async () => {
    await expectWholePaths(last, topic.logs);
  });

  it('and quality', async () => {
    await expectWholeQuality(last, topic.logs);
  });

  it('RED is that of the topic itself', async () => {
    expectRed(await redOf(last, 'default'), expectedRed(topic.logs, SCATTERED_RULES));
  });

  it('stays in one generation', async () => {
    const generations = await last.sql(
      'SELECT topic, uniqExact(partition) AS partitions, max(generation) AS generation FROM weir.progress GROUP BY topic ORDER BY topic',
    );
    expect(generations).toEqual(
      [TOPIC, topic.stubs].map((name) => ({ topic: name, partitions: PARTITIONS, generation: 1 })),
    );
  });
});
