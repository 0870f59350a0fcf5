/**
 * The table in which a Jaeger with ClickHouse storage looks for dependencies, as a view over ours: a row per window, whose JSON lists calls by
 * caller and callee. A view holds nothing, so nothing is counted twice whatever is written again, and what moves or comes late is right at
 * once. Source: Jaeger's internal/storage/v2/clickhouse (depstore/reader.go, sql/create_dependencies_table.sql).
 */
import type { View } from './table.ts';

/** `table` has one row per slot, edge and sign. Jaeger knows no tenants: it is shown one. */
export function jaegerDependenciesView(table: string, database: string, tenant: string): View {
  return {
    name: 'dependencies',
    database,
    select: `SELECT
    toDateTime64(window_start, 9, 'UTC') AS timestamp,
    concat('[', arrayStringConcat(groupArray(edge), ','), ']') AS dependencies_json
FROM
(
    SELECT
        window_start,
        concat('{"parent":', toJSONString(toString(parent)), ',"child":', toJSONString(toString(child)), ',"callCount":', toString(net_calls), '}') AS edge,
        sum(if(sign = '-', -toInt64(calls), toInt64(calls))) AS net_calls
    FROM {database}.${table} FINAL
    WHERE tenant = ${textSql(tenant)}
    GROUP BY window_start, parent, child
    HAVING net_calls > 0
    ORDER BY window_start, parent, child
)
GROUP BY window_start`,
    orderBy: ['timestamp'],
  };
}

function textSql(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
