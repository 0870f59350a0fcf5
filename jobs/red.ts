/** RED metrics: rate, errors and duration of every operation, for the Monitor tab, Prometheus and SQL. */
import { RED_TABLE, SPAN_METRICS_ROWS } from '../operators/red-rows.ts';
import { type RedOptions, red } from '../operators/red.ts';
import type { Job } from '../src/engine/job.ts';
import type { Table, View } from '../src/sinks/table.ts';

const redTable: Table = {
  name: RED_TABLE,
  columns: {
    tenant: 'text',
    service: 'text',
    span_kind: 'text',
    window_start: 'time',
    operation: 'text',
    status: 'text',
    dimensions: 'string',
    spans: 'u64',
    calls_units: 'u64',
    duration_us_units: 'u128',
    duration_us_min: 'u64',
    duration_us_max: 'u64',
    bucket_index: 'i16s',
    bucket_units: 'u64s',
  },
  key: ['tenant', 'service', 'span_kind', 'window_start', 'operation', 'status', 'dimensions'],
  time: 'window_start',
};
