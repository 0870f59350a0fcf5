/**
 * Traces scattered over twelve partitions, re-keyed by a `weir start` that is killed twice in between: dependencies and paths are those of the whole, as
 * if every trace had lain in one place; RED is what it would be without.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AbstractSpan, messagesOf } from '../support/encoders.ts';
import { dependenciesOracle, type EdgeRow } from '../support/dependencies-oracle.ts';
import { dependenciesView } from '../support/dependencies-view-oracle.ts';
import { parseExposition, samplesOf } from '../support/exposition.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { pathsOracle } from '../support/paths-oracle.ts';
import { plainOfAbstract } from '../support/plain-messages.ts';
import type { PlainMessage, PlainSpan } from '../support/plain-span.ts';
import { DEFAULT_RULES, expectedRed, expectRed, redOf } from '../support/public-views.ts';
import { scatteredTraces } from '../support/scattered-traces.ts';
import { type RunningWeir, runWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

const TOPIC = 'scattered';
const STUBS = 'weir-stubs-scattered';
const PARTITIONS = 12;
const RULES = { slotMessages: 60, lookbackSpans: 20_000 };
const PORTION_SPANS = 200;
const SPANS_PER_TRACE = 8;

interface Stored extends PlainMessage {
  readonly value: Uint8Array;
  readonly spans: readonly PlainSpan[];
}

const reason = kafkaSkipReason(['4.3.1']);
const title = `traces scattered over partitions${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: TestKafka;
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;
  const logs: Stored[][] = Array.from({ length: PARTITIONS }, () => []);

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    weir = await startWeir(directory.path, [], { config: configOf(kafka), environment });
  };
  const readOf = async (topic: string): Promise<number> => {
    const [row] = await weir.sql<{ read: number }>(
      `SELECT sum(hi) AS read FROM weir.progress WHERE topic = '${topic}'`,
    );
    return row!.read;
  };
  const total = (): number => logs.reduce((sum, log) => sum + log.length, 0);
  const killMidway = async (durable: number): Promise<void> => {
    await untilTrue(weir, async () => (await readOf(TOPIC)) >= durable && (await readOf(STUBS)) > 0);
    expect((await weir.end('SIGKILL')).code).toBe('SIGKILL');
  };
  const stubMessages = async (): Promise<number> => {
    const admin = kafka.client.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(STUBS);
    await admin.disconnect();
    expect(offsets).toHaveLength(PARTITIONS);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  };
  const everythingIsRead = async (): Promise<boolean> =>
    (await readOf(TOPIC)) === total() && (await readOf(STUBS)) === (await stubMessages());

  beforeAll(async () => {
    kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
    const [first, second, third] = [31, 32, 33].map(messages);
    await start();
    let sending = send(kafka, first!, logs);
    await killMidway(first!.length / 3);
    await sending;
    // Its stubs are sent, and nothing says so.
    await start({ WEIR_FAILPOINTS: 'stubs.sent@2' });
    sending = send(kafka, second!, logs);
    expect((await weir.ended).code).toBe('SIGKILL');
    await sending;
    await start();
    await send(kafka, third!, logs);
    await untilTrue(weir, everythingIsRead);
  });

  afterAll(async () => {
    await (weir as RunningWeir | undefined)?.end('SIGKILL');
    await directory.remove();
  });

  it('join as if every trace had lain in one place: dependencies', async () => {
    const rows = await weir.sql<Record<string, string | number>>(
      `SELECT * EXCEPT (tenant, window_start, examples), toUnixTimestamp(window_start) * 1000 AS window FROM weir.dependencies`,
    );
    const actual = new Map(
      rows.map(({ parent, child, connection_type: type, window, ...row }) => [
        `${parent} ${child} ${type} ${window}`,
        row,
      ]),
    );
    const expected = dependenciesView(ofEachTrace(logs, dependenciesOfTrace));
    expect([...expected.keys()].filter((key) => key.includes('messaging')).length).toBeGreaterThan(5);
    expect(expected.size).toBeGreaterThan(20);
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, row] of expected) {
      const { calls, errors, client_us_sum, server_us_sum, network_us_sum } = row;
      expect(actual.get(key), key).toMatchObject({
        calls,
        errors,
        client_us_sum,
        server_us_sum,
        network_us_sum,
      });
    }
  });

  it('and paths', async () => {
    const rows = await weir.sql<{ path: Record<string, string>[]; window: number } & Record<Counts, number>>(
      `SELECT path, spans, leaves, calls, errors, toUnixTimestamp(window_start) * 1000 AS window FROM weir.paths`,
    );
    const actual = new Map(
      rows.map(({ path, window, spans, leaves, calls, errors }) => [
        `${window} ${JSON.stringify(path.map(({ service, operation }) => [service, operation]))}`,
        { spans, leaves, calls, errors },
      ]),
    );
    const expected = expectedPaths(logs);
    expect(expected.size).toBeGreaterThan(100);
    expect(actual).toEqual(expected);
  });

  it('RED stays with the topic itself, exact', async () => {
    expectRed(await redOf(weir, 'default'), expectedRed(logs, RULES));
    const tables = await weir.sql<{ joined: number; red: number }>(
      `SELECT (SELECT count() FROM weir.dependencies_v1 WHERE topic = '${TOPIC}') AS joined,
        (SELECT count() FROM weir.red_v1 WHERE topic = '${STUBS}') AS red`,
    );
    expect(tables).toEqual([{ joined: 0, red: 0 }]);
  });

  it('were sent twice in part, and that is told', async () => {
    const passedOver = await metricOf(weir, 'weir_passed_over_stubs_total', {
      topic: STUBS,
      reason: 'repeated',
    });
    expect(passedOver).toBeGreaterThan(0);
    expect(await metricOf(weir, 'weir_poison_messages_total', {})).toBe(0);
  });

  it('are noticed where they are not re-keyed: by check, by a metric, by a line in the log', async () => {
    const scattered = configOf(kafka, false);
    const other = await workDirectory();
    const rekeyed = await runWeir(other.path, ['check'], { config: configOf(kafka) });
    expect(rekeyed.stdout.toString()).toContain(`topic ${TOPIC}: re-keyed through ${STUBS}`);
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

type Counts = 'spans' | 'leaves' | 'calls' | 'errors';

function configOf(kafka: TestKafka, rekey = true): object {
  return {
    kafka: {
      brokers: kafka.brokers,
      topics: [
        {
          name: TOPIC,
          encoding: 'otlp_proto',
          rekey,
          slotMessages: RULES.slotMessages,
          stubSlotMessages: 100,
          // Without a group, so that no new process waits until the group has given up the killed one.
          partitions: Array.from({ length: PARTITIONS }, (_, at) => at),
        },
      ],
      deadLetterTopic: 'scattered-dead-letters',
    },
    jobs: ['red', 'dependencies', 'paths'],
    otlpHttp: { enabled: false },
    engine: { flushMs: 100, lookbackSpans: RULES.lookbackSpans },
  };
}

/** Messages of one or two spans of any traces; some are sent twice. */
function messages(seed: number): Stored[] {
  const recordMs = Date.now();
  const spans = scatteredTraces({
    seed,
    traces: 200,
    spansPerTrace: SPANS_PER_TRACE,
    startMs: recordMs - 200_000,
    spreadMs: 150_000,
  });
  const stored: Stored[] = [];
  // Spans of a trace are sent within a portion, in no order.
  for (let from = 0; from < spans.length; from += PORTION_SPANS) {
    const portion = spans.slice(from, from + PORTION_SPANS);
    const shuffled = portion.map((_, at) => portion[(at * 77 + seed) % portion.length]!);
    for (let at = 0; at < shuffled.length; at += 2)
      stored.push(messageOf(shuffled.slice(at, at + 2), recordMs));
    if (from % 3 === 0) stored.push(stored.at(-10)!);
  }
  return stored;
}

function messageOf(spans: readonly AbstractSpan[], recordMs: number): Stored {
  const [value] = messagesOf('otlp_proto', spans);
  return { value: value!, recordMs, spans: spans.map(plainOfAbstract) };
}

/** Sends in portions, in turn to all partitions, and goes on while Weir reads. */
async function send(kafka: TestKafka, messages: readonly Stored[], logs: Stored[][]): Promise<void> {
  const producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let at = 0; at < messages.length; at += 50) {
    const portion = messages
      .slice(at, at + 50)
      .map((message, i) => ({ message, partition: (at + i) % PARTITIONS }));
    await producer.send({
      topic: TOPIC,
      messages: portion.map(({ message: { value, recordMs }, partition }) => ({
        value: Buffer.from(value),
        timestamp: String(recordMs),
        partition,
      })),
    });
    for (const { message, partition } of portion) logs[partition]!.push(message);
  }
  await producer.disconnect();
}

/** Stored rows of every trace by itself, with the trace it links to, each a slot of its own. */
function ofEachTrace<Row>(
  logs: readonly (readonly Stored[])[],
  rowsOf: (log: readonly PlainMessage[]) => ReadonlyMap<string, Row>,
): Map<string, Row> {
  const all = logs.flatMap((log) =>
    log.flatMap(({ recordMs, spans }) => spans.map((span) => ({ recordMs, span }))),
  );
  const linkedTo = new Map(
    all.flatMap(({ span }) => (span.links ?? []).map((link) => [span.traceId, link.traceId])),
  );
  const traces = new Map<number, PlainMessage[]>();
  for (const { recordMs, span } of all) {
    const trace = linkedTo.get(span.traceId) ?? span.traceId;
    const log = traces.get(trace) ?? [];
    log.push({ recordMs, spans: [span] });
    traces.set(trace, log);
  }
  return new Map(
    [...traces].flatMap(([trace, log]) =>
      [...rowsOf(log)].map(([key, row]): [string, Row] => [key.replace('"slot":0', `"slot":${trace}`), row]),
    ),
  );
}

const WHOLE = { ...DEFAULT_RULES, slotMessages: 1_000_000 };

function dependenciesOfTrace(log: readonly PlainMessage[]): Map<string, EdgeRow> {
  const limits = { rowsPerTenantMax: 50_000 };
  const rules = {
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    profile: 'weir',
    limits,
  } as const;
  return dependenciesOracle(log, { ...WHOLE, ...rules });
}

function expectedPaths(logs: readonly (readonly Stored[])[]): Map<string, Record<Counts, number>> {
  const limits = { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 };
  const sums = new Map<string, Record<Counts, number>>();
  for (const [name, row] of ofEachTrace(logs, (log) => pathsOracle(log, { ...WHOLE, limits }))) {
    const { path, window } = JSON.parse(name.slice(2)) as { path: string; window: number };
    const sum = sums.get(`${window} ${path}`) ?? { spans: 0, leaves: 0, calls: 0, errors: 0 };
    const sign = name.startsWith('-') ? -1 : 1;
    sum.spans += sign * row.spans;
    sum.leaves += sign * (row.spans - row.parents);
    sum.calls += sign * row.calls;
    sum.errors += sign * row.errors;
    sums.set(`${window} ${path}`, sum);
  }
  return new Map([...sums].filter(([, { spans }]) => spans > 0));
}
