/** Rows as operators give them, in the shape the oracles have: a key text that names the row within its partition, and what it holds. */
import type { Rows } from '../../operators/rows.ts';
import type { EdgeRow } from './dependencies-oracle.ts';
import type { PathRow } from './paths-oracle.ts';
import type { QualityCounters } from './quality-oracle.ts';
import type { OracleRow } from './red-oracle.ts';

export function redRowAt({ columns, slot }: Rows, at: number): [string, OracleRow] {
  const key = JSON.stringify({
    service: columns['service']![at],
    operation: columns['operation']![at],
    span_kind: columns['span_kind']![at],
    status: columns['status']![at],
    dimensions: columns['dimensions']![at],
    window_start: columns['window_start']![at],
    slot: slot[at],
  });
  const whole = (name: string): bigint => BigInt(columns[name]![at] as number | bigint);
  const buckets = columns['bucket_index']![at] as readonly number[];
  const units = columns['bucket_units']![at] as readonly number[];
  return [
    key,
    {
      spans: whole('spans'),
      calls: whole('calls_units'),
      duration: whole('duration_us_units'),
      min: whole('duration_us_min'),
      max: whole('duration_us_max'),
      buckets: Object.fromEntries(buckets.map((bucket, index) => [String(bucket), BigInt(units[index]!)])),
    },
  ];
}

export function edgeRowAt({ columns, slot }: Rows, at: number): [string, EdgeRow] {
  const name = JSON.stringify({
    parent: columns['parent']![at],
    child: columns['child']![at],
    type: columns['connection_type']![at],
    window: columns['window_start']![at],
    slot: slot[at],
  });
  const row: EdgeRow = {};
  for (const column of [
    'calls',
    'errors',
    'client_errors',
    'server_errors',
    'client_us_sum',
    'server_us_sum',
    'network_us_sum',
  ]) {
    const value = Number(columns[column]![at]);
    if (value > 0) row[column] = value;
  }
  for (const side of ['client', 'server', 'network']) {
    const buckets = columns[`${side}_bucket_index`]![at] as readonly number[];
    for (const [index, bucket] of buckets.entries())
      row[`${side} ${bucket}`] = (columns[`${side}_bucket_calls`]![at] as readonly number[])[index]!;
  }
  return [`${columns['sign']![at] as string} ${name}`, row];
}

export function pathRowAt({ columns, slot }: Rows, at: number): [string, PathRow] {
  const texts = (column: string): readonly string[] => columns[column]![at] as readonly string[];
  const number = (column: string): number => columns[column]![at] as number;
  const operations = texts('operations');
  const path = JSON.stringify(texts('services').map((service, entry) => [service, operations[entry]]));
  const key = JSON.stringify({ path, window: number('window_start'), slot: slot[at] });
  const row = {
    spans: number('spans'),
    parents: number('parents'),
    calls: number('calls'),
    errors: number('errors'),
    traces: texts('examples').map((id) => Number.parseInt(id, 16)),
  };
  return [`${columns['sign']![at] as string} ${key}`, row];
}

const QUALITY_COUNTERS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'];

export function qualityRowAt({ columns, slot }: Rows, at: number): [string, QualityCounters] {
  const [service, operation, check] = ['service', 'operation', 'check'].map((column) => columns[column]![at]);
  const window = columns['window_start']![at];
  return [
    JSON.stringify({ service, operation, check, window, slot: slot[at] }),
    QUALITY_COUNTERS.map((column) => columns[column]![at] as number),
  ];
}
