/** The score gauge, from rows as the store answers them. */
import { afterEach, expect, it } from 'vitest';
import { type ScoreGauge, type ScoreGaugeOptions, startScoreGauge } from '../../../src/report/score-gauge.ts';
import { textOf } from '../../support/chunks.ts';
import { type Exposition, parseExposition, samplesOf } from '../../support/exposition.ts';
import { CHECKS } from '../../support/quality-rows.ts';

const NAME = 'weir_trace_quality_score';
function row(service: string, passed: number, failed: number): Readonly<Record<string, string>> {
  return {
    service,
    check: 'has_server_span',
    net_judged: String(passed + failed),
    net_passed: String(passed),
    net_exempt: '0',
    net_judged_before: '0',
    net_passed_before: '0',
    net_exempt_before: '0',
  };
}

let gauge: ScoreGauge;
let nowMs = 0;
let answer: () => readonly Readonly<Record<string, unknown>>[] = () => [];
let errors: unknown[] = [];
const asked: Readonly<Record<string, unknown>>[] = [];

function start(options: Partial<ScoreGaugeOptions> = {}): void {
  errors = [];
  nowMs = Date.UTC(2026, 8, 21);
  gauge = startScoreGauge({
    store: {
      database: 'weir',
      reader: {
        query: async <Row>(_sql: string, params: Readonly<Record<string, unknown>>) => {
          asked.push(params);
          return answer() as Row[];
        },
      },
    },
    checks: CHECKS,
    tenants: ['default'],
    onError: (error) => errors.push(error),
    now: () => nowMs,
    ...options,
  });
}

async function scrape(): Promise<Exposition> {
  return parseExposition(await textOf(gauge.render()));
}

async function shown(): Promise<unknown[]> {
  return samplesOf(await scrape(), NAME).map(({ labels, value }) => [...Object.values(labels), value]);
}

afterEach(() => gauge.stop());

it('shows scores by service and category, of the past hour', async () => {
  start();
  answer = () => [row('cart', 1280, 0), row('web', 0, 80)];
  await gauge.refresh();
  expect(asked.at(-1)).toMatchObject({ tenant: 'default', service: '', toS: nowMs / 1000 + 1 });
  expect(asked.at(-1)!['fromS']).toBe(nowMs / 1000 + 1 - 3600);
  expect(await shown()).toEqual([
    ['cart', 'overall', 100],
    ['cart', 'completeness', 100],
    ['web', 'overall', 60],
    ['web', 'completeness', 40],
  ]);
  expect((await scrape()).types.get(NAME)).toBe('gauge');
});

it('shows the tenant where there are several', async () => {
  start({ tenants: ['a', 'b'] });
  answer = () => [row(asked.at(-1)!['tenant'] === 'a' ? 'x' : 'y', 1, 0)];
  await gauge.refresh();
  expect(samplesOf(await scrape(), NAME).map(({ labels }) => labels)).toEqual([
    { tenant: 'a', service_name: 'x', category: 'overall' },
    { tenant: 'a', service_name: 'x', category: 'completeness' },
    { tenant: 'b', service_name: 'y', category: 'overall' },
    { tenant: 'b', service_name: 'y', category: 'completeness' },
  ]);
});

it('is absent before it was read, and once it is old', async () => {
  start();
  expect(await shown()).toEqual([]);
  answer = () => [row('cart', 1, 0)];
  await gauge.refresh();
  answer = () => {
    throw new Error('away');
  };
  await gauge.refresh();
  expect(errors).toEqual([new Error('away')]);
  expect(await shown()).toHaveLength(2);
  nowMs += 600_001;
  expect(await shown()).toEqual([]);
});

it('has a bounded number of services, those with the most spans, and no sample twice', async () => {
  start();
  const long = 'x'.repeat(300);
  answer = () => [
    ...Array.from({ length: 1001 }, (_, at) => row(`s${at}`, 10 + at, 0)),
    row(`${long}1`, 5000, 0),
    row(`${long}2`, 0, 4000),
  ];
  await gauge.refresh();
  const services = new Set(samplesOf(await scrape(), NAME).map(({ labels }) => labels['service_name']));
  expect(services.size).toBe(999);
  expect(services.has('s2')).toBe(false);
  expect(services.has('s3')).toBe(true);
});
