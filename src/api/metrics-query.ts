/**
 * A question about one tenant's metrics goes to `red_v1`, its answer's series come out, all on the same grid. The store gives rows in the
 * order of its primary key, unmerged, as columns; merging slots, statuses and windows happens here, which is several times faster than
 * grouping arrays in SQL.
 */
import { setImmediate } from 'node:timers/promises';
import type { ColumnPart, TenantReader, TextColumn } from '../sinks/store-reader.ts';
import { ApiError } from './api-error.ts';
import { type Grid, gridOf } from './metrics-grid.ts';
import type { Metric, MetricsLimits, MetricsParams } from './metrics-params.ts';
import { callRate, errorFraction } from './sliding-calls.ts';
import { type CellBudget, latencyQuantile } from './sliding-quantile.ts';
import { type MetricColumns, type SlidingFold, SlidingSeries } from './sliding-series.ts';

export interface MetricSeries {
  readonly service: string;
  /** Undefined where operations were not asked for. */
  readonly operation: string | undefined;
  /** One value a grid point, NaN where there is none. */
  readonly values: Float64Array;
}

export interface MetricAnswer {
  readonly grid: Grid;
  /** Ordered by service, then operation. */
  readonly series: readonly MetricSeries[];
}

/** Where answers come from. */
export interface MetricStore {
  readonly reader: Pick<TenantReader, 'columns'>;
  readonly database: string;
  readonly windowMs: number;
  readonly limits: MetricsLimits;
}

export async function queryMetric(
  store: MetricStore,
  tenant: string,
  question: { readonly metric: Metric; readonly params: MetricsParams; readonly signal?: AbortSignal },
): Promise<MetricAnswer> {
  const { metric, params, signal } = question;
  const grid = gridOf(params, store.windowMs);
  const fromS = secondsOf(grid.firstWindows[0]!, grid);
  const toS = secondsOf(grid.lastWindows[grid.points - 1]! + 1, grid);
  if (toS <= fromS) return { grid, series: [] };
  const { services, spanKinds } = params;
  const fold = new AnswerFold(grid, metric, params, store.limits);
  const parts = store.reader.columns(
    selectOf(metric, params),
    { database: store.database, tenant, services, spanKinds, fromS, toS },
    signal,
  );
  for await (const part of parts) await fold.add(part);
  return { grid, series: await fold.finish() };
}

/** Start of a window as the DateTime column has it: 32 bits. */
function secondsOf(window: number, grid: Grid): number {
  return Math.min(Math.max((window * grid.windowMs) / 1000, 0), 0xffff_ffff);
}

/** With one span kind this is the order of the primary key, and nothing is sorted. */
function selectOf(metric: Metric, { groupByOperation, spanKinds }: MetricsParams): string {
  const columns = [
    'service',
    ...(groupByOperation ? ['operation'] : []),
    'toUInt32(window_start) AS window_s',
    ...(metric === 'latencies'
      ? [
          'toFloat64(duration_us_min) AS min_us',
          'toFloat64(duration_us_max) AS max_us',
          'bucket_index',
          'arrayMap(units -> toFloat64(units), bucket_units) AS units',
        ]
      : [
          'toFloat64(calls_units) AS calls',
          `if(status = 'error', toFloat64(calls_units), toFloat64(0)) AS errors`,
        ]),
  ];
  return `SELECT ${columns.join(', ')} FROM {database:Identifier}.red_v1 FINAL
    WHERE tenant = {tenant:String} AND service IN {services:Array(String)} AND span_kind IN {spanKinds:Array(String)}
      AND window_start >= toDateTime({fromS:UInt32}, 'UTC') AND window_start < toDateTime({toS:UInt32}, 'UTC')
    ORDER BY tenant, service, ${spanKinds.length === 1 ? 'span_kind, ' : ''}window_start`;
}

class AnswerFold {
  readonly #grid: Grid;
  readonly #params: MetricsParams;
  readonly #limits: MetricsLimits;
  readonly #newFold: () => SlidingFold;
  readonly #budget: CellBudget = { held: 0 };
  /** By service, then operation; the operation is empty where operations were not asked for. */
  readonly #services = new Map<string, Map<string, SlidingSeries>>();
  #series = 0;

  constructor(grid: Grid, metric: Metric, params: MetricsParams, limits: MetricsLimits) {
    this.#grid = grid;
    this.#params = params;
    this.#limits = limits;
    this.#newFold = {
      latencies: () => latencyQuantile(params.quantile, this.#budget),
      calls: callRate,
      errors: errorFraction,
    }[metric];
  }

  async add(part: ColumnPart): Promise<void> {
    const columns = columnsOf(part);
    const service = part.texts['service']!;
    const operation = part.texts['operation'] ?? nameless(part.length);
    const known: (SlidingSeries | undefined)[] = [];
    for (let row = 0; row < part.length; row++) {
      const key = service.indexes[row]! * operation.texts.length + operation.indexes[row]!;
      const series = (known[key] ??= this.#open(textAt(service, row), textAt(operation, row)));
      series.add(columns, row);
      if ((row + 1) % ROWS_PER_TURN === 0) await setImmediate();
    }
    if (this.#budget.held > this.#limits.cellsMax)
      throw new ApiError(
        400,
        'this answer needs too many histogram buckets at a time: shorten ratePer or lookback',
      );
  }

  async finish(): Promise<readonly MetricSeries[]> {
    const { groupByOperation } = this.#params;
    const series: MetricSeries[] = [];
    for (const [service, operations] of sorted(this.#services)) {
      for (const [operation, sliding] of sorted(operations)) {
        const labels = { service, operation: groupByOperation ? operation : undefined };
        series.push({ ...labels, values: sliding.finish() });
        if (series.length % SERIES_PER_TURN === 0) await setImmediate();
      }
    }
    return series;
  }

  #open(service: string, operation: string): SlidingSeries {
    let operations = this.#services.get(service);
    if (operations === undefined)
      this.#services.set(service, (operations = new Map<string, SlidingSeries>()));
    let series = operations.get(operation);
    if (series === undefined) {
      if (++this.#series * this.#grid.points > this.#limits.answerPointsMax)
        throw new ApiError(
          400,
          `this answer has more than ${this.#limits.answerPointsMax} points: raise step, shorten lookback, or ask for one service`,
        );
      operations.set(operation, (series = new SlidingSeries(this.#grid, this.#newFold())));
    }
    return series;
  }
}

/** Rows added, and series finished, before the event loop gets its turn: a few milliseconds. */
const ROWS_PER_TURN = 4096;
const SERIES_PER_TURN = 64;

const NO_NUMBERS = new Float64Array(0);
const NO_LISTS = { offsets: new Int32Array(1), values: NO_NUMBERS };

function columnsOf({ numbers, lists }: ColumnPart): MetricColumns {
  return {
    windowS: numbers['window_s']!,
    calls: numbers['calls'] ?? NO_NUMBERS,
    errors: numbers['errors'] ?? NO_NUMBERS,
    minUs: numbers['min_us'] ?? NO_NUMBERS,
    maxUs: numbers['max_us'] ?? NO_NUMBERS,
    buckets: lists['bucket_index'] ?? NO_LISTS,
    units: lists['units'] ?? NO_LISTS,
  };
}

function textAt(column: TextColumn, row: number): string {
  return column.texts[column.indexes[row]!]!;
}

function nameless(length: number): TextColumn {
  return { indexes: new Int32Array(length), texts: [''] };
}

/** By name, in the order of UTF-16 code units: the same in every place. */
function sorted<V>(byName: ReadonlyMap<string, V>): readonly (readonly [string, V])[] {
  return [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
