/** What a running engine shows of its tenants. */
import { expect, it } from 'vitest';
import redJob from '../../../jobs/red.ts';
import { openMetrics } from '../../../src/commands/serve.ts';
import { SCHEMA } from '../../../src/config/schema.ts';
import { flushOf, incrementRows } from '../../support/span-metrics-rows.ts';

const CALLS = /^traces_span_metrics_calls_total\{[^}]*\} ([1-9]\d*)$/gm;

/** The calls exposed, series by series, where these tenants are listed. */
async function callsOf(names: readonly string[]): Promise<readonly number[]> {
  const config = SCHEMA.parse({ tenants: { names } });
  const { counters } = openMetrics(config, [redJob({ ...config.red, seed: 1 })]);
  counters.acknowledged(
    flushOf(
      incrementRows([
        { tenant: 'acme', service: 'cart', durationsUs: [3000] },
        { tenant: 'default', service: 'cart', durationsUs: [3000, 3000] },
      ]),
    ),
  );
  const scrape = async (): Promise<string> => {
    let text = '';
    for await (const chunk of counters.render()) text += chunk;
    return text;
  };
  await scrape();
  return [...(await scrape()).matchAll(CALLS)].map(([, calls]) => Number(calls)).sort();
}

it('the default tenant is exposed where it is listed', async () => {
  expect(await callsOf(['acme', 'default'])).toEqual([1, 2]);
  expect(await callsOf(['default', 'globex'])).toEqual([1, 2]);
});

it('what names no listed tenant is nobody’s where the default one is not listed either', async () => {
  expect(await callsOf(['acme'])).toEqual([1]);
  expect(await callsOf(['acme', 'globex'])).toEqual([1]);
});
