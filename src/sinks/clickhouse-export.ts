/** A view's rows as bytes of a format that ClickHouse itself writes, streamed: no row is kept. Throws SinkError. */
import type { Readable } from 'node:stream';
import { type StoreOptions, openClient, request } from './clickhouse-client.ts';
import type { View } from './table.ts';

export interface Exporter {
  /** All rows of a view, in the order it declares. */
  rows(view: Pick<View, 'name' | 'orderBy'>, format: string): Promise<Readable>;
  close(): Promise<void>;
}

export function openExporter(options: StoreOptions): Exporter {
  const client = openClient(options, {
    output_format_pretty_color: 0,
    output_format_pretty_row_numbers: 0,
    // As JSON each would take many lines.
    output_format_pretty_named_tuples_as_json: 0,
    output_format_pretty_single_large_number_tip_threshold: 0,
    output_format_pretty_max_rows: '1000000',
    wait_end_of_query: 0,
  });
  const { database } = options;
  return {
    rows: ({ name, orderBy }, format) =>
      request(`read ${database}.${name}`, async () => {
        const query = `SELECT * FROM ${database}.${name} ORDER BY ${orderBy.join(', ')} FORMAT ${format}`;
        return (await client.exec({ query })).stream;
      }),
    close: () => client.close(),
  };
}
