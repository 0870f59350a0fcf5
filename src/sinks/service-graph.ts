/**
 * Calls between services as Grafana's service graph asks for them: names, labels and connection types are those of OpenTelemetry's service
 * graph connector and of Tempo, durations are seconds.
 */
import type { CounterFamily, CounterMetric, HistogramMetric } from './prometheus-family.ts';

export interface ServiceGraphOptions {
  /** Name of the Rows: tenant, parent, child, connection_type, calls, errors, and client_us, client_buckets, server_us, server_buckets. */
  readonly rows: string;
  /** Bounds of their buckets, in microseconds. */
  readonly boundsUs: readonly number[];
}

const US_PER_S = 1_000_000;

/** What the connector calls each connection type; a direct one has no label. */
const CONNECTION_TYPES = {
  direct: '',
  messaging: 'messaging_system',
  database: 'database',
  external: 'virtual_node',
};

export function serviceGraph({ rows, boundsUs }: ServiceGraphOptions): CounterFamily {
  const bounds = boundsUs.map((boundUs) => boundUs / US_PER_S);
  return {
    rows,
    labels: [
      { label: 'client', column: 'parent' },
      { label: 'server', column: 'child' },
      { label: 'connection_type', column: 'connection_type', values: CONNECTION_TYPES },
    ],
    counters: [
      counter('request', 'Calls between two nodes.', 'calls'),
      counter('request_failed', 'Calls between two nodes that failed on either side.', 'errors'),
    ],
    histograms: [
      histogram('client', 'Durations of calls in seconds, as the caller saw them.', bounds),
      histogram('server', 'Durations of calls in seconds, as the callee saw them.', bounds),
    ],
  };
}

/** Grafana knows one spelling of each name. */
function counter(name: string, help: string, column: string): CounterMetric {
  const spelled = `traces_service_graph_${name}_total`;
  return { names: { normalized: spelled, raw: spelled }, help, column, perOne: 1n };
}

function histogram(side: 'client' | 'server', help: string, bounds: readonly number[]): HistogramMetric {
  const spelled = `traces_service_graph_request_${side}_seconds`;
  return {
    names: { normalized: spelled, raw: spelled },
    help,
    bounds,
    buckets: { column: `${side}_buckets`, perOne: 1n },
    sum: { column: `${side}_us`, perOne: BigInt(US_PER_S) },
  };
}
