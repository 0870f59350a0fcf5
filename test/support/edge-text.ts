/** What a trace of text makes of table `dependencies_v1`: text in, text out. */
import { type DependenciesOptions, dependencies } from '../../operators/dependencies.ts';
import { DEPENDENCIES_TABLE } from '../../operators/edge-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import { BASE_MS, type PlainMessage, type PlainSpan } from './plain-span.ts';
import { SMALL, batchOf, openPartition } from './run-partition.ts';

export type EdgeOptions = Partial<DependenciesOptions> & { readonly slotMessages?: number };

const NUMBERS = [
  'calls',
  'errors',
  'client_errors',
  'server_errors',
  'client_us_sum',
  'server_us_sum',
  'network_us_sum',
];

/** The operator's rows of the table: see `takenFrom`. */
export function rowsOf(spans: readonly PlainSpan[], options: EdgeOptions = {}): Rows[] {
  return takenFrom(spans, options).filter(({ name }) => name === DEPENDENCIES_TABLE);
}

/** All that the operator gives out, after one flush; each span is a message of its own. */
export function takenFrom(spans: readonly PlainSpan[], options: EdgeOptions = {}): Rows[] {
  const { slotMessages = 1000, ...given } = options;
  const limits = { rowsPerTenantMax: 1000 };
  const rules = {
    profile: 'weir',
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    limits,
    ...given,
  } as const;
  const log: PlainMessage[] = spans.map((span) => ({ recordMs: BASE_MS, spans: [span] }));
  const setting = { ...SMALL, slotMessages, lookbackSpans: 1000 };
  const partition = openPartition(log, setting, undefined, [dependencies(rules)]);
  partition.read(batchOf(log, 0, log.length));
  return [...partition.flush().rows];
}

/** Rows as stored, sorted: `+ web > cart direct 2`. */
export function storedEdges(spans: readonly PlainSpan[], options: EdgeOptions = {}): string[] {
  return rowsOf(spans, options)
    .flatMap((rows) =>
      Array.from({ length: rows.length }, (_, at) => {
        const { sign, name, values } = edgeAt(rows, at);
        return `${sign} ${name} ${values['calls']}`;
      }),
    )
    .sort();
}

/** Rows of the view, summed over windows and slots, sorted: `web > cart direct 2`, then each column asked for: `client_us_sum=5`. */
export function edges(
  spans: readonly PlainSpan[],
  options: EdgeOptions = {},
  columns: readonly string[] = [],
): string[] {
  const sums = new Map<string, Record<string, number>>();
  for (const rows of rowsOf(spans, options))
    for (let at = 0; at < rows.length; at++) {
      const { sign, name, values } = edgeAt(rows, at);
      const sum = sums.get(name) ?? {};
      for (const [column, value] of Object.entries(values))
        sum[column] = (sum[column] ?? 0) + (sign === '-' ? -value : value);
      sums.set(name, sum);
    }
  return [...sums]
    .filter(([, { calls }]) => calls !== 0)
    .map(([name, sum]) =>
      [`${name} ${sum['calls']}`, ...columns.map((column) => `${column}=${sum[column]}`)].join(' '),
    )
    .sort();
}

function edgeAt(
  { columns }: Rows,
  at: number,
): {
  readonly sign: string;
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
} {
  const text = (column: string): string => String(columns[column]![at]);
  const values = Object.fromEntries(NUMBERS.map((column) => [column, Number(columns[column]![at])]));
  const timed = ['client', 'server', 'network'].map((side): [string, number] => {
    const calls = columns[`${side}_bucket_calls`]![at] as readonly number[];
    return [`${side}_timed`, calls.reduce((sum, one) => sum + one, 0)];
  });
  return {
    sign: text('sign'),
    name: `${text('parent')} > ${text('child')} ${text('connection_type')}`,
    values: { ...values, ...Object.fromEntries(timed) },
  };
}
