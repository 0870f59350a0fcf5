/**
 * What operators do to Weir and machines to operators: SIGTERM at the worst moments, a store that is away, a full disk, a data directory or a
 * configuration of another time. Nothing is lost, nothing is mixed, and what to do is said.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { parseExposition, samplesOf } from '../support/exposition.ts';
import { GrowingLog } from '../support/growing-log.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { DEFAULT_RULES } from '../support/public-views.ts';
import { StoreGate } from '../support/store-gate.ts';
import { expectTables } from '../support/stored-tables.ts';
import { type RunningWeir, runWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

const PARTITIONS = 2;
const END_MS_MAX = 25_000;
const TABLES = ['red_v1', 'dependencies_v1', 'paths_v1'];
const RULES = {
  red: { ...DEFAULT_RULES, slotMessages: 24, lookbackSpans: 60 },
  dependencies: {
    profile: 'weir',
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    limits: { rowsPerTenantMax: 50_000 },
  },
  paths: { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 },
} as const;

/** What a test has otherwise. */
interface Changed {
  readonly engine?: object;
  readonly ofTopic?: object;
  readonly [section: string]: unknown;
}

const reason = kafkaSkipReason(['4.3.1']);
const title = `weir start${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: TestKafka;
  let server: TestClickHouse;
  let gate: StoreGate;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  beforeAll(async () => {
    kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    server = await startTestClickHouse([]);
    gate = await StoreGate.to(server.options);
  });

  afterAll(async () => {
    await gate.close();
    await server.stop();
    await directory.remove();
  });

  const newLog = (name: string): Promise<GrowingLog> =>
    GrowingLog.create({ kafka, topic: `operations-${name}`, partitions: PARTITIONS, seed: 5 });

  const configOf = ({ topic }: GrowingLog, { engine, ofTopic, ...changed }: Changed = {}): object => ({
    kafka: {
      brokers: kafka.brokers,
      topics: [
        {
          name: topic,
          encoding: 'auto',
          slotMessages: RULES.red.slotMessages,
          partitions: [0, 1],
          ...ofTopic,
        },
      ],
      deadLetterTopic: 'operations-letters',
      groupId: topic,
    },
    clickhouse: { url: gate.url, ttlDays: 0 },
    otlpHttp: { enabled: false },
    jobs: ['red', 'dependencies', 'paths'],
    ...changed,
    engine: { flushMs: 100, lookbackSpans: RULES.red.lookbackSpans, ...engine },
  });

  const start = (log: GrowingLog, changed: Changed = {}): Promise<RunningWeir> =>
    startWeir(directory.path, [], { config: configOf(log, changed) });

  /** Ends it as an orchestrator does. */
  const end = async (weir: RunningWeir): Promise<void> => {
    const askedMs = performance.now();
    const { code, stderr } = await weir.end('SIGTERM');
    expect(code, stderr).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(END_MS_MAX);
  };

  const rowsOf = async ({ topic }: GrowingLog): Promise<unknown[]> =>
    Promise.all(
      TABLES.map((table) =>
        server.reader.query(
          `SELECT * EXCEPT version FROM weir.${table} FINAL WHERE topic = {topic:String} ORDER BY ALL`,
          { topic },
        ),
      ),
    );

  const expectExact = async (weir: RunningWeir, log: GrowingLog): Promise<void> => {
    for (const [partition, messages] of log.partitions.entries())
      expect(await expectTables(weir, { topic: log.topic, partition }, messages, RULES)).toBeGreaterThan(0);
  };

  /** Starts once more: that reads three slots of a partition at most, and changes no row. */
  const expectNothingChanges = async (log: GrowingLog): Promise<void> => {
    const before = await rowsOf(log);
    const weir = await start(log);
    const replayed = log.partitions.map(({ length }) => length - Math.max(0, slotOf(length) - 2 * 24));
    await untilTrue(weir, async () => (await messagesRead(weir, log)) === replayed[0]! + replayed[1]!);
    expect(Math.max(...replayed)).toBeLessThanOrEqual(3 * RULES.red.slotMessages);
    // Whatever these messages make would be written by then.
    await sleep(500);
    await expectExact(weir, log);
    await end(weir);
    expect(await rowsOf(log)).toEqual(before);
  };

  it('SIGTERM in the middle of a flush', async () => {
    const log = await newLog('mid-flush');
    await log.send(96);
    const weir = await start(log);
    await untilTrue(weir, async () => (await durable(weir, log)) === log.length);
    gate.hold();
    await log.send(32);
    await untilTrue(weir, async () => gate.heldInserts > 0 && (await messagesRead(weir, log)) === log.length);
    const ending = end(weir);
    await sleep(300);
    gate.open();
    await ending;
    await expectNothingChanges(log);
  });

  it('SIGTERM while the store does not answer, which `/readyz` knew', async () => {
    const log = await newLog('outage');
    await log.send(96);
    const weir = await start(log);
    const isReady = async (): Promise<boolean> => (await weir.get('/readyz')).status === 200;
    await untilTrue(weir, async () => (await durable(weir, log)) === log.length && (await isReady()));
    // Without a message to count.
    gate.hold();
    await untilTrue(weir, async () => !(await isReady()));
    expect(await (await weir.get('/readyz')).json()).toMatchObject({
      reasons: ['the store does not answer'],
    });
    gate.open();
    await untilTrue(weir, isReady);
    gate.hold();
    await log.send(32);
    await untilTrue(weir, async () => gate.heldInserts > 0 && (await messagesRead(weir, log)) === log.length);
    await end(weir);
    expect(weir.stderr).toContain('what was read and not written is read again at the next start');
    gate.open();
    const next = await start(log);
    await untilTrue(next, async () => (await durable(next, log)) === log.length);
    await end(next);
    await expectNothingChanges(log);
  });

  it('SIGTERM while partitions move to another process', async () => {
    const log = await newLog('rebalance');
    await log.send(96);
    const group = { ofTopic: { partitions: undefined } };
    const first = await start(log, group);
    await untilTrue(first, async () => (await durable(first, log)) === log.length);
    const sending = log.send(160, 100);
    // Its screen is there once it has asked to join, which the first hears of at its next heartbeat.
    const second = await start(log, group);
    await end(first);
    await sending;
    await untilTrue(second, async () => (await durable(second, log)) === log.length);
    await expectExact(second, log);
    await end(second);
    await expectNothingChanges(log);
  });

  describe('under a configuration that gives rows another meaning', () => {
    let log: GrowingLog;
    let before: unknown[];
    let oldHi: number[];

    beforeAll(async () => {
      log = await newLog('meaning');
      await log.send(96);
      const weir = await start(log);
      await untilTrue(weir, async () => (await durable(weir, log)) === log.length);
      await end(weir);
      oldHi = log.partitions.map(({ length }) => length);
      before = await rowsOf(log);
      await log.send(32);
    });

    it.each([
      ['windows', { engine: { windowMs: 30_000 } }],
      ['slots', { ofTopic: { slotMessages: 48 } }],
      ['lookback', { engine: { lookbackSpans: 61 } }],
      ['lateness', { engine: { lateMsMax: 1000 } }],
      ['limits', { red: { limits: { servicesPerTenantMax: 2 } } }],
      ['dimensions', { red: { dimensions: ['region'] } }],
      ['rules', { dependencies: { selfEdges: true } }],
      ['jobs', { jobs: ['red'] }],
      ['an encoding', { ofTopic: { encoding: 'otlp_proto' } }],
    ] as readonly [string, Changed][])(
      'it refuses to start, names both ways out and writes nothing: %s',
      async (_, changed) => {
        const { code, stderr } = await runWeir(directory.path, ['start'], {
          config: configOf(log, changed),
          environment: { WEIR_HTTP_PORT: '0' },
        });
        expect(stderr).toMatch(/Either restore that configuration, or start once with --new-generation/);
        expect(code).toBe(1);
        expect(await rowsOf(log)).toEqual(before);
      },
    );

    it('it counts on in a new generation where told to, and then refuses the old configuration', async () => {
      const changed = { engine: { windowMs: 30_000 } };
      const weir = await startWeir(directory.path, ['--new-generation'], { config: configOf(log, changed) });
      await untilTrue(weir, async () => (await durable(weir, log)) === log.length);
      await end(weir);
      const generations = await server.reader.query(
        'SELECT partition, generation, min(origin) AS origin FROM weir.progress_v1 WHERE topic = {topic:String} GROUP BY ALL ORDER BY ALL',
        { topic: log.topic },
      );
      expect(generations).toEqual(
        oldHi.flatMap((hi, partition) => [
          { partition, generation: '1', origin: '0' },
          { partition, generation: '2', origin: String(hi) },
        ]),
      );
      const kept = await server.reader.query(
        'SELECT sum(spans) AS spans, count() AS rows FROM weir.red_v1 FINAL WHERE topic = {topic:String} AND generation = 1',
        { topic: log.topic },
      );
      const [red] = before as [{ spans: string }[]];
      const spans = red.reduce((sum, row) => sum + Number(row.spans), 0);
      expect(kept).toEqual([{ spans: String(spans), rows: String(red.length) }]);
      const { code, stderr } = await runWeir(directory.path, ['start'], {
        config: configOf(log),
        environment: { WEIR_HTTP_PORT: '0' },
      });
      expect(stderr).toContain('were written under another configuration');
      expect(code).toBe(1);
    });
  });

  it('a full disk: it says so, waits, and goes on where there is room', async (context) => {
    if (spawnSync('unshare', ['-Urm', 'true']).status !== 0)
      context.skip('no mount namespaces here: the file system of a fixed size cannot be made');
    const log = await newLog('disk-full');
    const place = await workDirectory();
    const stored = join(place.path, 'weir-data', 'clickhouse');
    mkdirSync(stored, { recursive: true });
    writeFileSync(join(place.path, 'weir-data', 'weir-format.json'), '{"format":1}');
    const config = { ...configOf(log), clickhouse: { ttlDays: 0 } };
    const mount = `mount -t tmpfs -o size=96m none '${stored}' && exec "$@"`;
    const through = ['unshare', '-Urm', 'sh', '-c', mount, 'sh'];
    const weir = await startWeir(place.path, [], { config, through });
    await log.send(96);
    await untilTrue(weir, async () => (await durable(weir, log)) === log.length);

    const ballast = join('/proc', String(weir.pid), 'root', stored, 'ballast');
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k']);
    await log.send(96);
    await untilTrue(weir, async () => (await weir.get('/readyz')).status === 503);
    expect(weir.stderr).toMatch(/rows could not be written; retrying/);
    expect(weir.stderr).toMatch(/space/i);
    expect(await durable(weir, log)).toBeLessThan(log.length);

    rmSync(ballast);
    await untilTrue(weir, async () => (await durable(weir, log)) === log.length);
    await untilTrue(weir, async () => (await weir.get('/readyz')).status === 200);
    await expectExact(weir, log);
    await end(weir);
    await place.remove();
  });
});

it.each([
  ['an older', 0],
  ['a newer', 2],
])('a data directory of %s release is refused with the way out, and stays as it is', async (age, format) => {
  const place = await workDirectory();
  mkdirSync(join(place.path, 'weir-data'));
  writeFileSync(join(place.path, 'weir-data', 'weir-format.json'), JSON.stringify({ format }));
  const { code, stderr } = await runWeir(place.path, ['start'], { environment: { WEIR_HTTP_PORT: '0' } });
  expect(stderr).toContain(`was written by ${age} release of Weir (format ${format}; this release reads 1)`);
  expect(stderr).toContain('Run the release that wrote it, or choose another directory');
  expect(code).toBe(1);
  await place.remove();
});

function slotOf(offset: number): number {
  return offset - (offset % RULES.red.slotMessages);
}

/** Messages that progress claims. */
async function durable(weir: RunningWeir, { topic }: GrowingLog): Promise<number> {
  const [row] = await weir.sql<{ hi: number }>(
    `SELECT sum(hi) AS hi FROM weir.progress WHERE topic = '${topic}'`,
  );
  return row!.hi;
}

/** Messages this process has read. */
async function messagesRead(weir: RunningWeir, { topic }: GrowingLog): Promise<number> {
  const exposition = parseExposition(await (await weir.get('/metrics')).text());
  return samplesOf(exposition, 'weir_messages_total', { topic })[0]?.value ?? 0;
}
