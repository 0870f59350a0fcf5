import { expect, test } from 'vitest';
import { valueOf, samplesOf } from '../../support/exposition.ts';
import { openCounters } from '../../support/open-counters.ts';

const CALLS = 'traces_span_metrics_calls_total';

test('an idle group disappears at a scrape and starts again from 0', async () => {
  let nowMs = 0;
  const { add, scrape, counters } = openCounters({ idleMs: 1000, nowMs: () => nowMs });
  add({ operation: 'idle' }, { operation: 'busy' });
  await scrape();
  nowMs = 1000;
  add({ operation: 'busy', status: 'error' });
  expect(samplesOf(await scrape(), CALLS, { span_name: 'idle' })).toHaveLength(2);
  nowMs = 1001;
  expect(counters.seriesCount).toBe(4);
  const later = await scrape();
  expect(samplesOf(later, CALLS, { span_name: 'idle' })).toEqual([]);
  expect(samplesOf(later, CALLS, { span_name: 'busy' })).toHaveLength(2);
  expect(counters.seriesCount).toBe(2);
  add({ operation: 'idle' });
  const idle = { span_name: 'idle', status_code: 'STATUS_CODE_UNSET' };
  expect(valueOf(await scrape(), CALLS, idle)).toBe(0);
  expect(valueOf(await scrape(), CALLS, idle)).toBe(1);
});

test('a series due to expire that is added to before the next scrape goes on', async () => {
  let nowMs = 0;
  const { add, scrape } = openCounters({ idleMs: 1000, nowMs: () => nowMs });
  add({});
  await scrape();
  nowMs = 5000;
  add({});
  expect(valueOf(await scrape(), CALLS, { status_code: 'STATUS_CODE_UNSET' })).toBe(2);
});

test("a tenant's excess is counted under __other__, and takes nothing from another tenant", async () => {
  const { add, scrape, counters } = openCounters({ seriesPerTenantMax: 4, hasTenantLabel: true }, ['region']);
  for (let i = 0; i < 10; i++)
    add({ tenant: 'acme', operation: `op${i}`, kind: 'client', dimensions: { region: 'eu' } });
  add({ tenant: 'umbra', operation: 'op' });
  await scrape();
  const shown = await scrape();
  const unset = { status_code: 'STATUS_CODE_UNSET' };
  expect(samplesOf(shown, CALLS, { tenant: 'acme', region: 'eu', ...unset })).toHaveLength(2);
  const overflow = { tenant: 'acme', service_name: '__other__', span_name: '__other__' };
  expect(valueOf(shown, CALLS, { ...overflow, span_kind: 'SPAN_KIND_CLIENT', ...unset })).toBe(8);
  expect(valueOf(shown, CALLS, { ...overflow, status_code: 'STATUS_CODE_ERROR' })).toBe(0);
  expect(valueOf(shown, CALLS, { tenant: 'umbra', span_name: 'op', ...unset })).toBe(1);
  expect(counters.seriesCount).toBe(8);
});

test('a new status of a known operation needs room too', async () => {
  const { add, scrape } = openCounters({ seriesPerTenantMax: 2 });
  add({}, { status: 'ok' });
  await scrape();
  const shown = await scrape();
  expect(valueOf(shown, CALLS, { span_name: '__other__', status_code: 'STATUS_CODE_OK' })).toBe(1);
  expect(valueOf(shown, CALLS, { span_name: 'buy', status_code: 'STATUS_CODE_UNSET' })).toBe(1);
});
