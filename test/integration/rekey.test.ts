/**
 * Traces scattered over twelve partitions, re-keyed by a `weir start` that is killed twice in between: dependencies, paths and quality are those of the
 * whole, as if every trace had lain in one place; RED is what it would be without.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition, samplesOf } from '../support/exposition.ts';
import { kafkaSkipReason, sharedKafka } from '../support/kafka.ts';
import { expectedRed, expectRed, redOf } from '../support/public-views.ts';
import { readOf, SCATTERED_RULES, scatteredMessages, ScatteredTopic } from '../support/scattered-topic.ts';
import { type RunningWeir, runWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';
import { expectWholeDependencies, expectWholePaths, expectWholeQuality } from '../support/whole-traces.ts';

const TOPIC = 'scattered';
const PARTITIONS = 12;

const reason = kafkaSkipReason(['4.3.1']);
const title = `traces scattered over partitions${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let topic: ScatteredTopic;
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    weir = await startWeir(directory.path, [], { config: topic.config(), environment });
  };

  beforeAll(async () => {
    const kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    topic = await ScatteredTopic.create(kafka, {
      topic: TOPIC,
      partitions: PARTITIONS,
      stubSlotMessages: 100,
      isInGroup: false,
    });
    const [first, second, third] = [31, 32, 33].map(scatteredMessages);
    await start();
    let sending = topic.send(first!);
    await untilTrue(
      weir,
      async () => (await readOf(weir, TOPIC)) >= first!.length / 3 && (await readOf(weir, topic.stubs)) > 0,
    );
    expect((await weir.end('SIGKILL')).code).toBe('SIGKILL');
    await sending;
    // Its stubs are sent, and nothing says so.
    await start({ WEIR_FAILPOINTS: 'stubs.sent@2' });
    sending = topic.send(second!);
    expect((await weir.ended).code).toBe('SIGKILL');
    await sending;
    await start();
    await topic.send(third!);
    await untilTrue(weir, () => topic.isRead(weir));
  });

  afterAll(async () => {
    await (weir as RunningWeir | undefined)?.end('SIGKILL');
    await directory.remove();
  });

  it('join as if every trace had lain in one place: dependencies', async () => {
    await expectWholeDependencies(weir, topic.logs);
  });

  it('and paths', async () => {
    await expectWholePaths(weir, topic.logs);
  });

  it('and quality', async () => {
    await expectWholeQuality(weir, topic.logs);
  });

  it('RED stays with the topic itself, exact', async () => {
    expectRed(await redOf(weir, 'default'), expectedRed(topic.logs, SCATTERED_RULES));
    const tables = await weir.sql<Record<string, number>>(
      `SELECT (SELECT count() FROM weir.dependencies_v1 WHERE topic = '${TOPIC}') AS joined,
        (SELECT count() FROM weir.quality_v1 WHERE topic = '${TOPIC}') AS judged,
        (SELECT count() FROM weir.red_v1 WHERE topic = '${topic.stubs}') AS red`,
    );
    expect(tables).toEqual([{ joined: 0, judged: 0, red: 0 }]);
  });

  it('were sent twice in part, and that is told', async () => {
    const labels = { topic: topic.stubs, reason: 'repeated' };
    expect(await metricOf(weir, 'weir_passed_over_stubs_total', labels)).toBeGreaterThan(0);
    expect(await metricOf(weir, 'weir_poison_messages_total', {})).toBe(0);
  });

  it('are noticed where they are not re-keyed: by check, by a metric, by a line in the log', async () => {
    const scattered = topic.config(false);
    const other = await workDirectory();
    const rekeyed = await runWeir(other.path, ['check'], { config: topic.config() });
    expect(rekeyed.stdout.toString()).toContain(`topic ${TOPIC}: re-keyed through ${topic.stubs}`);
    const checked = await runWeir(other.path, ['check'], { config: scattered });
    expect(checked.stdout.toString()).toMatch(
      /warn {2}topic scattered: \d+ of the last \d+ traces lie on several partitions, .* set `rekey: true`/,
    );
    const started = await startWeir(other.path, [], { config: scattered });
    await untilTrue(
      started,
      async () => (await metricOf(started, 'weir_split_traces_total', { topic: TOPIC })) > 10,
    );
    expect((await started.end('SIGKILL')).stderr).toContain(
      'traces lie on several partitions: what joins spans misses calls',
    );
    await other.remove();
  });
});

async function metricOf(weir: RunningWeir, name: string, labels: Record<string, string>): Promise<number> {
  const exposition = parseExposition(await (await weir.get('/metrics')).text());
  return samplesOf(exposition, name, labels).reduce((sum, { value }) => sum + value, 0);
}
