import { describe, expect, test } from 'vitest';
import { createCounters } from '../../../src/sinks/prometheus.ts';
import { CHUNK_BYTES_MAX } from '../../../src/sinks/prometheus-text.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { parseExposition, samplesOf, valueOf } from '../../support/exposition.ts';
import { openCounters } from '../../support/open-counters.ts';
import { flushOf, incrementRows, spanMetricsFamily } from '../../support/span-metrics-rows.ts';

const CALLS = 'traces_span_metrics_calls_total';
const DURATION = 'traces_span_metrics_duration_milliseconds';

describe('a series', () => {
  test('has the names, labels and literals Jaeger asks for', async () => {
    const { add, text } = openCounters();
    add({ kind: 'server', status: 'ok', durationsUs: [2000, 2001, 20_000_000] });
    await text();
    expect(await text()).toBe(
      [
        `# HELP ${CALLS} Spans, weighted by their sampling probability.`,
        `# TYPE ${CALLS} counter`,
        `${CALLS}{service_name="shop",span_name="buy",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_ERROR"} 0`,
        `${CALLS}{service_name="shop",span_name="buy",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_OK"} 3`,
        `# HELP ${DURATION} Durations of spans in milliseconds.`,
        `# TYPE ${DURATION} histogram`,
        ...[
          '_bucket le="2" 1',
          ...[
            '4',
            '6',
            '8',
            '10',
            '50',
            '100',
            '200',
            '400',
            '800',
            '1000',
            '1400',
            '2000',
            '5000',
            '10000',
            '15000',
          ].map((le) => `_bucket le="${le}" 2`),
          '_bucket le="+Inf" 3',
          '_sum  20004.001',
          '_count  3',
        ].map((short) => {
          const [suffix, le, value] = short.split(' ') as [string, string, string];
          const labels =
            'service_name="shop",span_name="buy",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_OK"';
          return `${DURATION}${suffix}{${labels}${le === '' ? '' : `,${le}`}} ${value}`;
        }),
        '',
      ].join('\n'),
    );
  });

  test('shows 0 in its first scrape and its value from then on', async () => {
    const { add, scrape } = openCounters();
    add({ durationsUs: [3000] });
    const first = await scrape();
    expect(valueOf(first, CALLS, { status_code: 'STATUS_CODE_UNSET' })).toBe(0);
    expect(valueOf(first, `${DURATION}_count`)).toBe(0);
    expect(valueOf(first, `${DURATION}_sum`)).toBe(0);
    add({ durationsUs: [3000] });
    const second = await scrape();
    expect(valueOf(second, CALLS, { status_code: 'STATUS_CODE_UNSET' })).toBe(2);
    expect(valueOf(second, `${DURATION}_sum`)).toBe(6);
  });

  test('has an error series at 0 beside it, whose histogram is born at 0 with the first error', async () => {
    const { add, scrape } = openCounters({}, ['region']);
    const errors = { status_code: 'STATUS_CODE_ERROR', region: 'eu', span_kind: 'SPAN_KIND_CLIENT' };
    add({ kind: 'client', dimensions: { region: 'eu' } });
    const before = await scrape();
    expect(valueOf(before, CALLS, errors)).toBe(0);
    expect(samplesOf(before, `${DURATION}_count`, errors)).toEqual([]);
    add({ kind: 'client', dimensions: { region: 'eu' }, status: 'error' });
    const born = await scrape();
    expect(valueOf(born, CALLS, errors)).toBe(1);
    expect(valueOf(born, `${DURATION}_count`, errors)).toBe(0);
    expect(valueOf(await scrape(), `${DURATION}_count`, errors)).toBe(1);
  });

  test('is spelled as asked, in both ways at 0 first', async () => {
    for (const naming of ['raw', 'both'] as const) {
      const { add, scrape } = openCounters({ naming });
      add({});
      expect(valueOf(await scrape(), 'traces_span_metrics_calls', { status_code: 'STATUS_CODE_UNSET' })).toBe(
        0,
      );
      const shown = await scrape();
      expect(valueOf(shown, 'traces_span_metrics_calls', { status_code: 'STATUS_CODE_UNSET' })).toBe(1);
      expect(valueOf(shown, 'traces_span_metrics_duration_count')).toBe(1);
      expect(valueOf(shown, 'traces_span_metrics_duration_bucket', { le: '+Inf' })).toBe(1);
      expect(samplesOf(shown, CALLS)).toHaveLength(naming === 'both' ? 2 : 0);
    }
  });

  test('sums weights exactly', async () => {
    const { add, scrape } = openCounters();
    for (let i = 0; i < 3; i++) add({ weight: WEIGHT_ONE / 4 + 1, durationsUs: [1000] });
    await scrape();
    const calls = samplesOf(await scrape(), CALLS, { status_code: 'STATUS_CODE_UNSET' })[0]!;
    expect(calls.value * WEIGHT_ONE).toBe(3 * (WEIGHT_ONE / 4 + 1));
    expect(calls.text).toBe('0.75000286102294921875');
  });

  test('holds sums beyond 2^53 units', async () => {
    const { add, scrape } = openCounters();
    const spans = new Array<number>(2000).fill(15_000_001);
    for (let i = 0; i < 3; i++) add({ weight: 2 ** 44, durationsUs: spans });
    await scrape();
    const shown = await scrape();
    expect(samplesOf(shown, `${DURATION}_count`)[0]!.text).toBe(String(6000 * 2 ** 24));
    expect(samplesOf(shown, `${DURATION}_sum`)[0]!.text).toBe(
      String((6000n * 15_000_001n * 2n ** 24n) / 1000n),
    );
  });
});

describe('labels', () => {
  test('dimensions become labels by their sanitised key, and only configured ones', async () => {
    const { add, scrape } = openCounters({}, ['http.method', 'service_name', 'le']);
    add({ dimensions: { 'http.method': 'GET', service_name: 'x', le: '1', stray: 'y' } });
    const [sample] = samplesOf(await scrape(), CALLS, { status_code: 'STATUS_CODE_UNSET' });
    expect(sample!.labels).toEqual({
      service_name: 'shop',
      span_name: 'buy',
      span_kind: 'SPAN_KIND_SERVER',
      status_code: 'STATUS_CODE_UNSET',
      http_method: 'GET',
      service_name_2: 'x',
      le_2: '1',
    });
  });

  test('an empty dimension is the same series as an absent one', async () => {
    const { add, scrape } = openCounters({}, ['region']);
    add({ dimensions: { region: '' } }, {});
    await scrape();
    expect(valueOf(await scrape(), CALLS, { status_code: 'STATUS_CODE_UNSET' })).toBe(2);
  });

  test('names alike in their first 256 bytes share a series', async () => {
    const { add, scrape } = openCounters();
    add({ operation: `${'x'.repeat(256)}1` }, { operation: `${'x'.repeat(256)}2` });
    await scrape();
    const shown = await scrape();
    expect(valueOf(shown, CALLS, { status_code: 'STATUS_CODE_UNSET' })).toBe(2);
  });

  test('the tenant is one only where there are several', async () => {
    const several = openCounters({ hasTenantLabel: true });
    several.add({ tenant: 'acme' }, { tenant: 'umbra' });
    expect(samplesOf(await several.scrape(), CALLS, { tenant: 'acme' })).toHaveLength(2);
    const one = openCounters();
    one.add({ tenant: 'acme' });
    expect(samplesOf(await one.scrape(), CALLS)[0]!.labels['tenant']).toBeUndefined();
  });
});

describe('a scrape', () => {
  test('of nothing is empty', async () => {
    expect(await openCounters().text()).toBe('');
  });

  test('passes over rows of other names', async () => {
    const counters = createCounters([spanMetricsFamily()]);
    counters.acknowledged(flushOf({ ...incrementRows([{}]), name: 'red_v1' }));
    expect(counters.seriesCount).toBe(0);
  });

  test('never tears a histogram, and shows a series born under way at 0 the next time', async () => {
    const { counters, add, scrape } = openCounters();
    const operations = Array.from({ length: 200 }, (_, i) => ({ operation: `op${i}` }));
    add(...operations);
    await scrape();
    let text = '';
    let chunks = 0;
    for await (const chunk of counters.render()) {
      text += chunk;
      chunks++;
      expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
      add(...operations, { operation: 'new' });
    }
    expect(chunks).toBeGreaterThan(5);
    const shown = parseExposition(text);
    expect(samplesOf(shown, `${DURATION}_count`, { span_name: 'new' })).toEqual([]);
    const counts = samplesOf(shown, `${DURATION}_count`).map(({ value }) => value);
    expect(Math.max(...counts)).toBeGreaterThan(Math.min(...counts));
    for (const { labels, value } of samplesOf(shown, `${DURATION}_sum`))
      expect(value).toBe(valueOf(shown, `${DURATION}_count`, labels));
    expect(valueOf(await scrape(), `${DURATION}_count`, { span_name: 'new' })).toBe(0);
  });
});
