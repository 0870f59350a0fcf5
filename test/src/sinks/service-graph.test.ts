/** The service graph as Prometheus reads it: what Grafana asks for. */
import { expect, test } from 'vitest';
import { EdgeCounters, SERVICE_GRAPH_ROWS } from '../../../operators/edge-counters.ts';
import type { ConnectionType } from '../../../operators/edge-labels.ts';
import { CLASSIC_BOUNDS_US } from '../../../operators/histogram.ts';
import { type CountersOptions, createCounters } from '../../../src/sinks/prometheus.ts';
import { serviceGraph } from '../../../src/sinks/service-graph.ts';
import { textOf } from '../../support/chunks.ts';
import { riseOf } from '../../support/edge-rise.ts';
import { type Exposition, parseExposition, samplesOf, valueOf } from '../../support/exposition.ts';
import { flushOf } from '../../support/span-metrics-rows.ts';

/** The second scrape after a call of each type, from `web` to a callee of the type's name: it failed, and took 3 ms and 2 ms. */
async function scraped(
  types: readonly ConnectionType[],
  naming: CountersOptions['naming'],
): Promise<Exposition> {
  const edges = new EdgeCounters();
  for (const type of types) {
    const labels = { tenant: 'default', parent: 'web', child: type, type, sign: '+', windowMs: 0 } as const;
    const call = { clientUs: 3000, serverUs: 2000, networkUs: 0, isClientError: false, isServerError: true };
    edges.add(labels, riseOf(call));
  }
  const counters = createCounters([serviceGraph({ rows: SERVICE_GRAPH_ROWS, boundsUs: CLASSIC_BOUNDS_US })], {
    naming,
  });
  for (let flush = 0; flush < 2; flush++) counters.acknowledged(flushOf(edges.take()));
  const scrape = (): Promise<string> => textOf(counters.render());
  await scrape();
  await scrape();
  return parseExposition(await scrape());
}

test('a connection type is called what the connector calls it, a direct one nothing', async () => {
  const shown = await scraped(['direct', 'messaging', 'database', 'external'], 'normalized');
  expect(samplesOf(shown, 'traces_service_graph_request_total').map(({ labels }) => labels)).toEqual([
    { client: 'web', server: 'direct' },
    { client: 'web', server: 'messaging', connection_type: 'messaging_system' },
    { client: 'web', server: 'database', connection_type: 'database' },
    { client: 'web', server: 'external', connection_type: 'virtual_node' },
  ]);
});

test.each(['normalized', 'raw', 'both'] as const)(
  'names are %s and the same, durations are seconds',
  async (naming) => {
    const shown = await scraped(['direct'], naming);
    const labels = { client: 'web', server: 'direct' };
    const prefix = 'traces_service_graph_request';
    expect(valueOf(shown, `${prefix}_total`, labels)).toBe(1);
    expect(valueOf(shown, `${prefix}_failed_total`, labels)).toBe(1);
    expect(valueOf(shown, `${prefix}_client_seconds_sum`, labels)).toBe(0.003);
    expect(valueOf(shown, `${prefix}_client_seconds_bucket`, { ...labels, le: '0.002' })).toBe(0);
    expect(valueOf(shown, `${prefix}_client_seconds_bucket`, { ...labels, le: '0.004' })).toBe(1);
    expect(valueOf(shown, `${prefix}_server_seconds_bucket`, { ...labels, le: '0.002' })).toBe(1);
    expect(valueOf(shown, `${prefix}_server_seconds_count`, labels)).toBe(1);
    expect(valueOf(shown, `${prefix}_server_seconds_sum`, labels)).toBe(0.002);
  },
);
