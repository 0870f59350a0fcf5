/** Read-only access to the store for the API and the CLI: every query is bounded in time, rows and memory, and may change nothing. */
import type { ClickHouseSettings } from '@clickhouse/client';
import { decodeParts } from './arrow.ts';
import { type StoreOptions, openClient, request } from './clickhouse-client.ts';
import type { StoreReader } from './store-reader.ts';

export interface ReadLimits {
  readonly executionSecondsMax: number;
  readonly readRowsMax: number;
  readonly resultRowsMax: number;
  readonly memoryBytesMax: number;
}

const LIMITS: ReadLimits = {
  executionSecondsMax: 20,
  readRowsMax: 200_000_000,
  resultRowsMax: 1_000_000,
  memoryBytesMax: 1 << 30,
};

/** The client gives up only after the server should have. */
const TIMEOUT_SLACK_MS = 5000;

export function openReader(options: StoreOptions, given: Partial<ReadLimits> = {}): StoreReader {
  const limits = { ...LIMITS, ...given };
  const requestTimeoutMs = options.requestTimeoutMs ?? limits.executionSecondsMax * 1000 + TIMEOUT_SLACK_MS;
  const client = openClient({ ...options, requestTimeoutMs });
  const settings = readSettings(limits);
  const query = <Row>(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Row[]> =>
    request('answer a query', async () => {
      const common = { query: sql, query_params: { ...params }, clickhouse_settings: settings };
      const result = await client.query({ ...common, format: 'JSONEachRow', ...abortable(signal) });
      return result.json<Row>();
    });
  return {
    query,
    columns: async function* (sql, params, signal) {
      const { stream } = await request('answer a query', () =>
        client.exec({
          query: `${sql}\nFORMAT ArrowStream`,
          query_params: { ...params },
          clickhouse_settings: { ...settings, ...ARROW_SETTINGS },
          ...abortable(signal),
        }),
      );
      const parts = decodeParts(stream as AsyncIterable<Uint8Array>);
      try {
        for (;;) {
          const part = await request('send an answer', () => parts.next());
          if (part.done === true) return;
          yield part.value;
        }
      } finally {
        stream.destroy();
      }
    },
    ping: async () => {
      await query('SELECT 1', {});
    },
    close: () => client.close(),
  };
}

const ARROW_SETTINGS: ClickHouseSettings = {
  // Goes out as it is made. One that fails midway ends before its Arrow stream does, which the decoder takes for the error it is.
  wait_end_of_query: 0,
  // Rows are read in parts, and however many come: what they may cost is bounded by the rows read, the time and the memory.
  max_result_rows: '0',
  max_block_size: '8192',
  output_format_arrow_low_cardinality_as_dictionary: 1,
  output_format_arrow_use_signed_indexes_for_dictionary: 1,
  output_format_arrow_use_64_bit_indexes_for_dictionary: 0,
};

function abortable(signal: AbortSignal | undefined): { readonly abort_signal?: AbortSignal } {
  return signal === undefined ? {} : { abort_signal: signal };
}

function readSettings(limits: ReadLimits): ClickHouseSettings {
  return {
    // 2 would still allow file() and url().
    readonly: '1',
    // A table's partition follows from its key's time, so that versions of one row never lie in two.
    do_not_merge_across_partitions_select_final: 1,
    cancel_http_readonly_queries_on_client_close: 1,
    max_execution_time: limits.executionSecondsMax,
    timeout_overflow_mode: 'throw',
    max_rows_to_read: String(limits.readRowsMax),
    read_overflow_mode: 'throw',
    max_result_rows: String(limits.resultRowsMax),
    result_overflow_mode: 'throw',
    max_memory_usage: String(limits.memoryBytesMax),
  };
}
