import { expect, test } from 'vitest';
import { OBSERVATION_ROWS, Observations } from '../../operators/observations.ts';
import { OBSERVATIONS, createTelemetry } from '../../src/telemetry.ts';
import { textOf } from '../support/chunks.ts';
import { type Exposition, parseExposition, samplesOf, valueOf } from '../support/exposition.ts';

test('every metric without labels is shown at 0 from the start', async () => {
  const shown = await scrape(createTelemetry({ hasProcessMetrics: false }));
  for (const name of [
    'weir_flush_seconds_count',
    'weir_flush_failures_total',
    'weir_late_spans_total',
    'weir_duplicate_spans_total',
    'weir_skewed_spans_total',
    'weir_data_loss_messages_total',
    'weir_rows_held',
  ])
    expect(valueOf(shown, name), name).toBe(0);
});

test('what happened is counted under its labels', async () => {
  const telemetry = createTelemetry({ hasProcessMetrics: false });
  telemetry.read('spans', 3, 200, 9000);
  telemetry.read('spans', 1, 50, 1000);
  telemetry.poisoned('spans', 'truncated');
  telemetry.lost(7);
  telemetry.flushed(0.3);
  telemetry.flushFailed();
  telemetry.rowsHeld(12);
  const shown = await scrape(telemetry);
  expect(valueOf(shown, 'weir_messages_total', { topic: 'spans' })).toBe(4);
  expect(valueOf(shown, 'weir_spans_total', { topic: 'spans' })).toBe(250);
  expect(valueOf(shown, 'weir_bytes_total', { topic: 'spans' })).toBe(10_000);
  expect(valueOf(shown, 'weir_poison_messages_total', { topic: 'spans', reason: 'truncated' })).toBe(1);
  expect(valueOf(shown, 'weir_data_loss_messages_total')).toBe(7);
  expect(valueOf(shown, 'weir_flush_seconds_bucket', { le: '0.25' })).toBe(0);
  expect(valueOf(shown, 'weir_flush_seconds_bucket', { le: '0.5' })).toBe(1);
  expect(valueOf(shown, 'weir_flush_failures_total')).toBe(1);
  expect(valueOf(shown, 'weir_rows_held')).toBe(12);
});

test("operators' observations are counted, other rows passed over", async () => {
  expect(OBSERVATIONS).toBe(OBSERVATION_ROWS);
  const observed = new Observations();
  observed.add('acme', 'late', 1);
  observed.add('umbra', 'late', 2);
  observed.add('acme', 'duplicate', 3);
  observed.add('acme', 'skewed', 4);
  observed.add('acme', 'overflow', 5);
  observed.add('umbra', 'overflow', 6);
  observed.add('acme', 'link', 7);
  observed.add('acme', 'joined_link', 8);
  const telemetry = createTelemetry({ hasProcessMetrics: false });
  telemetry.observe([{ name: 'red_v1', length: 1, slot: new Float64Array(1), columns: {} }, observed.take()]);
  const shown = await scrape(telemetry);
  expect(valueOf(shown, 'weir_late_spans_total')).toBe(3);
  expect(valueOf(shown, 'weir_duplicate_spans_total')).toBe(3);
  expect(valueOf(shown, 'weir_skewed_spans_total')).toBe(4);
  expect(valueOf(shown, 'weir_links_total')).toBe(7);
  expect(valueOf(shown, 'weir_joined_links_total')).toBe(8);
  expect(valueOf(shown, 'weir_overflow_spans_total', { tenant: 'acme' })).toBe(5);
  expect(valueOf(shown, 'weir_overflow_spans_total', { tenant: 'umbra' })).toBe(6);
});

test('a partition shows what is known, is brought up to date before a scrape, and disappears when closed', async () => {
  const telemetry = createTelemetry({ hasProcessMetrics: false });
  const labels = { topic: 'spans', partition: '3' };
  let lagMessages = 10;
  const state = () => ({ lagMessages, watermarkDelaySeconds: Number.NaN, neighbourhoodSeconds: 1.5 });
  telemetry.beforeRender(() => telemetry.partition('spans', 3, state()));
  lagMessages = 4;
  const open = await scrape(telemetry);
  expect(valueOf(open, 'weir_consumer_lag_messages', labels)).toBe(4);
  expect(valueOf(open, 'weir_neighbourhood_seconds', labels)).toBe(1.5);
  expect(samplesOf(open, 'weir_watermark_delay_seconds')).toEqual([]);

  const other = createTelemetry({ hasProcessMetrics: false });
  other.partition('spans', 3, state());
  other.closed('spans', 3);
  expect(samplesOf(await scrape(other), 'weir_consumer_lag_messages')).toEqual([]);
});

test('the process shows memory, processor time and how late its event loop runs; two registries do not meet', async () => {
  const shown = await scrape(createTelemetry());
  createTelemetry();
  expect(valueOf(shown, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(valueOf(shown, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(samplesOf(shown, 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
});

async function scrape(telemetry: ReturnType<typeof createTelemetry>): Promise<Exposition> {
  return parseExposition(await textOf(telemetry.render()));
}
