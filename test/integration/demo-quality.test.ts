/** What trace quality says of the demo shop, from bytes to report: the defects planted in it, each span of them, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../src/codecs/codec.ts';
import { foldingOf, qualityKnowledge } from '../../src/commands/assemble.ts';
import { SILENT } from '../../src/commands/watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startEngine } from '../../src/engine/engine.ts';
import { loadJobs } from '../../src/engine/load-jobs.ts';
import type { QualityReport } from '../../src/report/quality-report.ts';
import { type QualityKnowledge, queryReport } from '../../src/report/query-report.ts';
import { createCounters } from '../../src/sinks/prometheus.ts';
import { ByteBudget } from '../../src/sources/byte-budget.ts';
import { exportRequests } from '../../src/sources/demo.ts';
import { DEFECTS, SERVICE_NAMES, type ServiceName } from '../../src/sources/demo/services.ts';
import { type DemoSpan, KIND } from '../../src/sources/demo/span.ts';
import { spansOfSecond } from '../../src/sources/demo/traffic.ts';
import { joined } from '../../src/sources/joined-logs.ts';
import { MemoryLog } from '../../src/sources/memory-log.ts';
import { textOf } from '../support/chunks.ts';
import { type TestClickHouse, startTestClickHouse } from '../support/clickhouse.ts';
import { type Exposition, parseExposition, valueOf } from '../support/exposition.ts';

const FROM_MS = Date.UTC(2026, 8, 21, 12);
const SECONDS = 180;
const TRAFFIC = { seed: 7, spansPerSecond: 200, sampledOneIn: 1 };

/** By service, the checks that find its defect, and how many of its spans have it. */
const FOUND: Partial<Record<ServiceName, Readonly<Record<string, (span: DemoSpan) => boolean>>>> = {
  [DEFECTS.noServerSpans]: { has_server_span: () => true },
  [DEFECTS.oldSdk]: { current_sdk: () => true, current_conventions: ({ kind }) => kind === KIND.server },
  [DEFECTS.idsInNames]: { low_cardinality_name: ({ name }) => /\d/.test(name) },
  [DEFECTS.skewedClock]: {
    no_clock_skew: ({ kind, instance }) => kind === KIND.server && instance.clockOffsetUs !== 0,
  },
  [DEFECTS.noVersion]: { names_version: () => true },
};

const spans = Array.from({ length: SECONDS }, (_, at) => spansOfSecond(TRAFFIC, FROM_MS + at * 1000)).flat();

let clickHouse: TestClickHouse;
let knowledge: QualityKnowledge;
let scraped: Exposition;

beforeAll(async () => {
  const { config } = await loadConfig({ environment: {} });
  const jobs = await loadJobs(['quality'], config);
  knowledge = qualityKnowledge(config, jobs);
  clickHouse = await startTestClickHouse(jobs);
  const counters = createCounters(jobs.flatMap((job) => job.counters));
  const log = new MemoryLog({ topic: 'demo', budget: new ByteBudget(2 ** 30) });
  for (const { value, timestampMs } of exportRequests(spans)) log.offer(value, timestampMs);
  const codec = await loadCodec('otlp_proto');
  const topic = { codec, slotMessages: 4096, tenantOf: () => 'default', start: 'earliest' } as const;
  const engine = await startEngine({
    jobs,
    sources: [{ source: joined([log], async () => undefined), topics: new Map([['demo', topic]]) }],
    sink: clickHouse.sink,
    observer: { ...SILENT, acknowledged: (flush) => counters.acknowledged(flush) },
    ...foldingOf(config, jobs),
    lookbackSpans: config.engine.lookbackSpans,
    flushMs: 500,
    rowsHeldMax: config.engine.rowsHeldMax,
    fingerprint: 'f',
    newGeneration: false,
    failed: (error) => {
      throw error;
    },
  });
  await engine.stop(60_000);
  await textOf(counters.render());
  scraped = parseExposition(await textOf(counters.render()));
});

afterAll(() => clickHouse.stop());

function reportOn(service: string): Promise<QualityReport> {
  // A late clock puts spans into the window before.
  const period = { fromS: FROM_MS / 1000 - 60, toS: FROM_MS / 1000 + 3600 };
  const store = { reader: clickHouse.reader, database: clickHouse.database };
  return queryReport(store, { tenant: 'default', service, period }, knowledge);
}

const spansOf = (service: string): readonly DemoSpan[] =>
  spans.filter(({ instance }) => instance.service === service);
const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

describe.each(SERVICE_NAMES)('the report on %s', (service) => {
  const expected = Object.entries(FOUND[service] ?? {});

  it('names its defects and no other, with every span that has them', async () => {
    const { checks, scores } = await reportOn(service);
    const failing = checks.filter(({ failed }) => failed > 0).map(({ check, failed }) => [check, failed]);
    expect(Object.fromEntries(failing)).toEqual(
      Object.fromEntries(expected.map(([check, has]) => [check, spansOf(service).filter(has).length])),
    );
    if (expected.length === 0) expect(scores.map(({ value }) => value)).toEqual([100, 100, 100, 100, 100]);
    // All that the checks could judge, they did.
    expect(checks.find(({ check }) => check === 'low_cardinality_name')!.judged).toBe(
      spansOf(service).length,
    );
  });

  it('shows them by examples', async () => {
    const { checks } = await reportOn(service);
    for (const [check, has] of expected) {
      const { failExamples, operations } = checks.find((report) => report.check === check)!;
      const shown = [...failExamples, ...operations.flatMap((operation) => operation.failExamples)];
      expect(failExamples.length).toBeGreaterThan(0);
      const having = spansOf(service).filter(has);
      const known = new Set(having.map(({ traceId, spanId }) => `${hex(traceId)}/${hex(spanId)}`));
      expect(shown.filter(({ traceId, spanId }) => !known.has(`${traceId}/${spanId}`))).toEqual([]);
    }
  });

  it('counts the same in Prometheus', async () => {
    const { checks } = await reportOn(service);
    for (const { check, judged, passed, exempt } of checks) {
      const labels = { service_name: service, check };
      const count = (name: string): number =>
        valueOf(scraped, `weir_trace_quality_${name}_total`, labels) -
        valueOf(scraped, `weir_trace_quality_${name}_moved_total`, labels);
      expect([check, count('judged'), count('passed'), count('exempt')]).toEqual([
        check,
        judged,
        passed,
        exempt,
      ]);
    }
  });
});

describe('the report on all services', () => {
  it('ranks those with defects first', async () => {
    const { services } = await reportOn('');
    const bad = services.filter(({ worst }) => worst !== null).map(({ service }) => service);
    expect([...bad].sort()).toEqual(Object.keys(FOUND).sort());
    expect(services.slice(0, bad.length).map(({ service }) => service)).toEqual(bad);
    expect(services).toHaveLength(SERVICE_NAMES.length);
  });

  it('names the old client library beside what is current', async () => {
    const { clients } = await reportOn('');
    expect(clients).toHaveLength(SERVICE_NAMES.length);
    expect(clients.find(({ service }) => service === DEFECTS.oldSdk)).toMatchObject({
      language: 'python',
      sdk: 'opentelemetry',
      version: '1.9.1',
      minVersion: '1.26.0',
      spans: spansOf(DEFECTS.oldSdk).length,
    });
  });
});
