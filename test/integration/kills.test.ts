/**
 * `kill -9` at every failpoint and at random moments, while the log grows: whatever died where, the tables end as the oracles say, never held more than
 * that, never lost what progress claimed, and equal those of a Weir that nobody killed. WEIR_KILLS says how often (default 60), WEIR_KILLS_SEED which
 * log, failpoints and moments: `WEIR_KILLS=500 WEIR_KILLS_SEED=7 npx vitest run test/integration/kills.test.ts`.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINTS, type FailpointName } from '../../src/failpoints.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { readLetters } from '../support/dead-letters.ts';
import { GrowingLog } from '../support/growing-log.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { type End, KillRun } from '../support/kill-run.ts';
import { DEFAULT_RULES, expectedRed, redOf } from '../support/public-views.ts';
import { StoreGate } from '../support/store-gate.ts';
import { expectEdgeBounds, expectTables } from '../support/stored-tables.ts';
import { type RunningWeir, workDirectory } from '../support/weir-process.ts';

const KILLS = Number(process.env['WEIR_KILLS'] ?? 60);
const SEED = Number(process.env['WEIR_KILLS_SEED'] ?? Date.now() % 1_000_000);
/** Of the kills, those over the embedded ClickHouse, which dies too and starts again each time. */
const EMBEDDED_KILLS = Math.floor(KILLS / 6);
/** Kills between two looks at everything. */
const STAGE_KILLS = 20;
const PARTITIONS = 2;
const TABLES = ['red_v1', 'dependencies_v1', 'paths_v1', 'quality_v1', 'clients_v1'];
const RULES = {
  red: { ...DEFAULT_RULES, slotMessages: 24, lookbackSpans: 60 },
  dependencies: {
    profile: 'weir',
    hasSelfEdges: true,
    hasBrokers: false,
    hasUnknownCallers: true,
    limits: { rowsPerTenantMax: 50_000 },
  },
  paths: { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 },
} as const;

/** Re-keyed topics have a suite of their own; what needs something to resume from comes last. */
const NAMES = (Object.keys(FAILPOINTS) as FailpointName[])
  .filter((name) => !name.startsWith('stubs.'))
  .sort((a, b) => Number(a.startsWith('resume.')) - Number(b.startsWith('resume.')));

/** Hits of the failpoints that come often, or for each table and statement. */
const HITS_MAX: Partial<Record<FailpointName, number>> = {
  'schema.statement': 12,
  'claim.planned': PARTITIONS,
  'claim.placed': PARTITIONS,
  'resume.context': 20,
  'read.message': 60,
  'read.slot': 3,
  'flush.taken': 3,
  'rows.inserting': TABLES.length + 2,
  'rows.inserted': TABLES.length + 2,
  'flush.rows_written': 3,
  'flush.progress_written': 3,
  'flush.acknowledged': 3,
};

const reason = kafkaSkipReason(['4.3.1']);
const suffix = `seed ${SEED}${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined).each([
  ['a ClickHouse server', KILLS - EMBEDDED_KILLS],
  ['the embedded ClickHouse', EMBEDDED_KILLS],
])(`killed over %s %i times, ${suffix}`, (place, kills) => {
  const isEmbedded = place === 'the embedded ClickHouse';
  const topic = isEmbedded ? 'kills-embedded' : 'kills';
  const letters = `${topic}-letters`;
  let kafka: TestKafka;
  let server: TestClickHouse | undefined;
  let gate: StoreGate | undefined;
  let directory: Awaited<ReturnType<typeof workDirectory>>;
  let run: KillRun;

  beforeAll(async () => {
    kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    const log = await GrowingLog.create({ kafka, topic, partitions: PARTITIONS, seed: SEED });
    if (!isEmbedded) {
      server = await startTestClickHouse([]);
      gate = await StoreGate.to(server.options);
    }
    const configOf = (database: string): object => configWith(kafka, { topic, letters, database }, gate?.url);
    run = new KillRun({ log, directory: directory.path, configOf });
  });

  afterAll(async () => {
    await run.close();
    await gate?.close();
    await server?.stop();
    await directory.remove();
  });

  it('its tables are those of the oracles', { timeout: kills * 10_000 + 180_000 }, async () => {
    let seen = 0;
    for (const [at, end] of endsOf(kills, isEmbedded).entries()) {
      await run.live(end);
      if (server !== undefined) seen = await expectBounds(server, run.options.log, seen);
      if (at % STAGE_KILLS === STAGE_KILLS - 1) await run.settle((weir) => expectAll(weir, run.options.log));
    }
    await run.settle((weir) => expectAll(weir, run.options.log));
    // A failpoint nobody comes by proves nothing.
    if (kills >= 2 * NAMES.length) expect([...run.reached.keys()].sort()).toEqual([...NAMES].sort());
  });

  it('every undecodable message is kept', async () => {
    const poison = run.options.log.partitions.flatMap((log, partition) =>
      log.flatMap(({ spans }, offset) => (spans === undefined ? [`${topic}/1/${partition}/${offset}`] : [])),
    );
    const kept = await readLetters(kafka, letters, poison.length);
    expect([...new Set(kept.map(({ key }) => key))].sort()).toEqual(poison.sort());
  });

  it('a Weir that nobody killed writes the same tables', async () => {
    await run.settle(async (weir) => {
      for (const table of TABLES) {
        const rows = (database: string): string => `SELECT * EXCEPT version FROM ${database}.${table} FINAL`;
        expect(await weir.sql(`${rows('weir')} EXCEPT ${rows('again')}`), table).toEqual([]);
        expect(await weir.sql(`${rows('again')} EXCEPT ${rows('weir')}`), table).toEqual([]);
        const [stored] = await weir.sql<{ rows: number }>(`SELECT count() AS rows FROM (${rows('again')})`);
        expect(stored!.rows, table).toBeGreaterThan(0);
      }
    }, 'again');
  });
});

function configWith(
  kafka: TestKafka,
  {
    topic,
    letters,
    database,
  }: { readonly topic: string; readonly letters: string; readonly database: string },
  url: string | undefined,
): object {
  const { slotMessages, lookbackSpans } = RULES.red;
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return {
    kafka: {
      brokers: kafka.brokers,
      // Without a group, so that no new process waits until the group has given up the killed one.
      topics: [{ name: topic, encoding: 'auto', slotMessages, partitions }],
      deadLetterTopic: letters,
    },
    clickhouse: { database, ttlDays: 0, ...(url === undefined ? {} : { url }) },
    otlpHttp: { enabled: false },
    jobs: ['red', 'dependencies', 'paths', 'quality'],
    dependencies: { selfEdges: true, unknownCallers: true },
    engine: { flushMs: 50, lookbackSpans, rowsHeldMax: 100 },
  };
}

/** Every failpoint in turn, and between them moments: where the store is a server with zombies among them, else with a death of the store itself. */
function endsOf(kills: number, isEmbedded: boolean): readonly End[] {
  const share = fc.double({ min: 0.4, max: 2, noNaN: true });
  const drawn = fc.sample(fc.record({ share, hit: fc.nat(), isZombie: fc.nat(3).map((n) => n === 0) }), {
    seed: SEED,
    numRuns: kills,
  });
  return drawn.map(({ share, hit, isZombie }, at): End => {
    const name = NAMES[Math.floor(at / 2) % NAMES.length]!;
    if (at % 2 === 0) return { kind: 'failpoint', name, hit: 1 + (hit % (HITS_MAX[name] ?? 1)) };
    if (isEmbedded) return { kind: at % 4 === 1 ? 'store' : 'moment', share };
    return { kind: isZombie ? 'zombie' : 'moment', share };
  });
}

async function expectAll(weir: RunningWeir, { topic, partitions }: GrowingLog): Promise<void> {
  const progress = await weir.sql('SELECT partition, generation, origin, hi FROM weir.progress ORDER BY ALL');
  expect(progress).toEqual(
    partitions.map((log, partition) => ({ partition, generation: 1, origin: 0, hi: log.length })),
  );
  for (const [partition, log] of partitions.entries())
    expect(await expectTables(weir, { topic, partition }, log, RULES)).toBeGreaterThan(log.length);
}

/**
 * While nobody writes: each row has at least what progress claims and at most what the log holds, and none has less than before. Returns the spans
 * counted.
 */
async function expectBounds(
  { reader }: TestClickHouse,
  { topic, partitions: logs }: GrowingLog,
  before: number,
): Promise<number> {
  // Nothing was made yet.
  const [made] = await reader.query<{ n: string }>(
    "SELECT count() AS n FROM system.tables WHERE database = 'weir' AND name IN ('red', 'progress', 'dependencies_v1')",
    {},
  );
  if (Number(made!.n) < 3) return 0;
  const progress = await reader.query<{ partition: number; hi: string }>(
    `SELECT partition, hi FROM weir.progress WHERE topic = '${topic}'`,
    {},
  );
  const claimed = new Map(progress.map(({ partition, hi }) => [partition, Number(hi)]));
  const sql = async <Row>(query: string): Promise<Row[]> =>
    reader.query<Row>(`SELECT * REPLACE (toFloat64(spans) AS spans) FROM (${query})`, {});
  const stored = await redOf({ sql }, 'default');
  const spansOf = (key: string): number => stored.get(key)?.spans ?? 0;
  const atLeast = expectedRed(
    logs.map((log, partition) => log.slice(0, claimed.get(partition) ?? 0)),
    RULES.red,
  );
  for (const [key, { spans }] of atLeast) expect(spansOf(key), key).toBeGreaterThanOrEqual(spans);
  const atMost = expectedRed(logs, RULES.red);
  for (const key of stored.keys()) expect(spansOf(key), key).toBeLessThanOrEqual(atMost.get(key)?.spans ?? 0);
  const store = {
    sql: <Row>(query: string): Promise<Row[]> => reader.query<Row>(query, {}),
  };
  for (const [partition, log] of logs.entries())
    await expectEdgeBounds(store, { topic, partition }, { log, claimed: claimed.get(partition) ?? 0 }, RULES);
  const total = [...stored.keys()].reduce((sum, key) => sum + spansOf(key), 0);
  expect(total).toBeGreaterThanOrEqual(before);
  return total;
}
