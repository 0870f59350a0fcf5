CREATE DATABASE IF NOT EXISTS weir;

CREATE TABLE IF NOT EXISTS weir.red_v1
(
    tenant LowCardinality(String),
    service LowCardinality(String),
    span_kind LowCardinality(String),
    window_start DateTime('UTC'),
    operation LowCardinality(String),
    status LowCardinality(String),
    dimensions String,
    spans UInt64,
    calls_units UInt64,
    duration_us_units UInt128,
    duration_us_min UInt64,
    duration_us_max UInt64,
    bucket_index Array(Int16),
    bucket_units Array(UInt64),
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    slot UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(window_start)
ORDER BY (tenant, service, span_kind, window_start, operation, status, dimensions, topic, generation, partition, slot)
TTL least(window_start, toDateTime(4292375295, 'UTC')) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS weir.dependencies_v1
(
    tenant LowCardinality(String),
    window_start DateTime('UTC'),
    parent LowCardinality(String),
    child LowCardinality(String),
    connection_type LowCardinality(String),
    sign LowCardinality(String),
    calls UInt64,
    errors UInt64,
    client_errors UInt64,
    server_errors UInt64,
    client_us_sum UInt128,
    server_us_sum UInt128,
    network_us_sum UInt128,
    client_bucket_index Array(Int16),
    client_bucket_calls Array(UInt64),
    server_bucket_index Array(Int16),
    server_bucket_calls Array(UInt64),
    network_bucket_index Array(Int16),
    network_bucket_calls Array(UInt64),
    examples Array(String),
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    slot UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(window_start)
ORDER BY (tenant, window_start, parent, child, connection_type, sign, topic, generation, partition, slot)
TTL least(window_start, toDateTime(4292375295, 'UTC')) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS weir.paths_v1
(
    tenant LowCardinality(String),
    window_start DateTime('UTC'),
    services Array(String),
    operations Array(String),
    sign LowCardinality(String),
    spans UInt64,
    parents UInt64,
    calls UInt64,
    errors UInt64,
    examples Array(String),
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    slot UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(window_start)
ORDER BY (tenant, window_start, services, operations, sign, topic, generation, partition, slot)
TTL least(window_start, toDateTime(4292375295, 'UTC')) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS weir.quality_v1
(
    tenant LowCardinality(String),
    window_start DateTime('UTC'),
    service LowCardinality(String),
    operation LowCardinality(String),
    check LowCardinality(String),
    judged UInt64,
    passed UInt64,
    exempt UInt64,
    judged_moved UInt64,
    passed_moved UInt64,
    exempt_moved UInt64,
    pass_examples Array(String),
    fail_examples Array(String),
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    slot UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(window_start)
ORDER BY (tenant, window_start, service, operation, check, topic, generation, partition, slot)
TTL least(window_start, toDateTime(4292375295, 'UTC')) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS weir.clients_v1
(
    tenant LowCardinality(String),
    window_start DateTime('UTC'),
    service LowCardinality(String),
    language LowCardinality(String),
    sdk LowCardinality(String),
    client_version LowCardinality(String),
    spans UInt64,
    examples Array(String),
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    slot UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(window_start)
ORDER BY (tenant, window_start, service, language, sdk, client_version, topic, generation, partition, slot)
TTL least(window_start, toDateTime(4292375295, 'UTC')) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS weir.progress_v1
(
    topic LowCardinality(String),
    generation UInt64,
    partition UInt32,
    origin UInt64,
    hi UInt64,
    watermark_ms Nullable(Int64),
    fingerprint String,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    stub_marks String
)
ENGINE = ReplacingMergeTree(hi)
ORDER BY (topic, generation, partition, origin, toStartOfHour(written_at));

ALTER TABLE weir.progress_v1 ADD COLUMN IF NOT EXISTS stub_marks String;

CREATE OR REPLACE VIEW weir.red AS
SELECT
    tenant,
    window_start,
    service,
    operation,
    span_kind,
    JSONExtract(dimensions_json, 'Map(String, String)') AS dimensions,
    span_count AS spans,
    units / 1048576 AS calls,
    error_units / 1048576 AS errors,
    duration_units / 1048576 AS duration_us_sum,
    least_us AS duration_us_min,
    most_us AS duration_us_max,
    least(greatest(arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(reached_units[-1]) * 500000 + 1048575999999, 1048576000000), 1) * 1048576, toUInt128(reached_units[-1])), midpoints_us, reached_units), toFloat64(least_us)), toFloat64(most_us)) AS duration_us_p50,
    least(greatest(arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(reached_units[-1]) * 750000 + 1048575999999, 1048576000000), 1) * 1048576, toUInt128(reached_units[-1])), midpoints_us, reached_units), toFloat64(least_us)), toFloat64(most_us)) AS duration_us_p75,
    least(greatest(arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(reached_units[-1]) * 950000 + 1048575999999, 1048576000000), 1) * 1048576, toUInt128(reached_units[-1])), midpoints_us, reached_units), toFloat64(least_us)), toFloat64(most_us)) AS duration_us_p95,
    least(greatest(arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(reached_units[-1]) * 990000 + 1048575999999, 1048576000000), 1) * 1048576, toUInt128(reached_units[-1])), midpoints_us, reached_units), toFloat64(least_us)), toFloat64(most_us)) AS duration_us_p99
FROM
(
    SELECT
        tenant,
        service,
        span_kind,
        window_start,
        operation,
        dimensions AS dimensions_json,
        sum(spans) AS span_count,
        sum(calls_units) AS units,
        sumIf(calls_units, status = 'error') AS error_units,
        sum(duration_us_units) AS duration_units,
        min(duration_us_min) AS least_us,
        max(duration_us_max) AS most_us,
        sumMap(bucket_index, bucket_units) AS histogram,
        arrayMap(bucket -> if(bucket = -2, 0., (exp2(bucket / 32) + exp2((bucket + 1) / 32)) / 2), histogram.1) AS midpoints_us,
        arrayCumSum(histogram.2) AS reached_units
    FROM weir.red_v1 FINAL
    GROUP BY tenant, service, span_kind, window_start, operation, dimensions
);

CREATE OR REPLACE VIEW weir.services AS
SELECT
    tenant,
    service,
    min(window_start) AS first_window,
    max(window_start) AS last_window
FROM weir.red_v1
GROUP BY tenant, service;

CREATE OR REPLACE VIEW weir.operations AS
SELECT
    tenant,
    service,
    operation,
    span_kind,
    min(window_start) AS first_window,
    max(window_start) AS last_window
FROM weir.red_v1
GROUP BY tenant, service, operation, span_kind;

CREATE OR REPLACE VIEW weir.dependencies AS
SELECT
    tenant,
    window_start,
    parent,
    child,
    connection_type,
    net_calls AS calls,
    net_errors AS errors,
    net_client_errors AS client_errors,
    net_server_errors AS server_errors,
    net_client_us_sum AS client_us_sum,
    if(client_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(client_reached_calls[-1]) * 500000 + 999999, 1000000), 1) * 1, toUInt128(client_reached_calls[-1])), client_midpoints_us, client_reached_calls)) AS client_us_p50,
    if(client_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(client_reached_calls[-1]) * 950000 + 999999, 1000000), 1) * 1, toUInt128(client_reached_calls[-1])), client_midpoints_us, client_reached_calls)) AS client_us_p95,
    if(client_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(client_reached_calls[-1]) * 990000 + 999999, 1000000), 1) * 1, toUInt128(client_reached_calls[-1])), client_midpoints_us, client_reached_calls)) AS client_us_p99,
    net_server_us_sum AS server_us_sum,
    if(server_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(server_reached_calls[-1]) * 500000 + 999999, 1000000), 1) * 1, toUInt128(server_reached_calls[-1])), server_midpoints_us, server_reached_calls)) AS server_us_p50,
    if(server_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(server_reached_calls[-1]) * 950000 + 999999, 1000000), 1) * 1, toUInt128(server_reached_calls[-1])), server_midpoints_us, server_reached_calls)) AS server_us_p95,
    if(server_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(server_reached_calls[-1]) * 990000 + 999999, 1000000), 1) * 1, toUInt128(server_reached_calls[-1])), server_midpoints_us, server_reached_calls)) AS server_us_p99,
    net_network_us_sum AS network_us_sum,
    if(network_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(network_reached_calls[-1]) * 500000 + 999999, 1000000), 1) * 1, toUInt128(network_reached_calls[-1])), network_midpoints_us, network_reached_calls)) AS network_us_p50,
    if(network_reached_calls[-1] = 0, NULL, arrayFirst((midpoint, reached) -> reached >= least(greatest(intDiv(toUInt128(network_reached_calls[-1]) * 950000 + 999999, 1000000), 1) * 1, toUInt128(network_reached_calls[-1])), network_midpoints_us, network_reached_calls)) AS network_us_p95,
    arraySlice(arraySort(example -> (has(examples_taken_back, example), example), examples_seen), 1, 3) AS examples
FROM
(
    SELECT
        tenant,
        window_start,
        parent,
        child,
        connection_type,
        toUInt64(sum(if(sign = '-', -toInt64(calls), toInt64(calls)))) AS net_calls,
        toUInt64(sum(if(sign = '-', -toInt64(errors), toInt64(errors)))) AS net_errors,
        toUInt64(sum(if(sign = '-', -toInt64(client_errors), toInt64(client_errors)))) AS net_client_errors,
        toUInt64(sum(if(sign = '-', -toInt64(server_errors), toInt64(server_errors)))) AS net_server_errors,
        toFloat64(sum(if(sign = '-', -toInt128(client_us_sum), toInt128(client_us_sum)))) AS net_client_us_sum,
        sumMap(client_bucket_index, arrayMap(calls -> if(sign = '-', -toInt64(calls), toInt64(calls)), client_bucket_calls)) AS client,
        arrayMap(bucket -> if(bucket = -2, 0., (exp2(bucket / 32) + exp2((bucket + 1) / 32)) / 2), client.1) AS client_midpoints_us,
        arrayCumSum(client.2) AS client_reached_calls,
        toFloat64(sum(if(sign = '-', -toInt128(server_us_sum), toInt128(server_us_sum)))) AS net_server_us_sum,
        sumMap(server_bucket_index, arrayMap(calls -> if(sign = '-', -toInt64(calls), toInt64(calls)), server_bucket_calls)) AS server,
        arrayMap(bucket -> if(bucket = -2, 0., (exp2(bucket / 32) + exp2((bucket + 1) / 32)) / 2), server.1) AS server_midpoints_us,
        arrayCumSum(server.2) AS server_reached_calls,
        toFloat64(sum(if(sign = '-', -toInt128(network_us_sum), toInt128(network_us_sum)))) AS net_network_us_sum,
        sumMap(network_bucket_index, arrayMap(calls -> if(sign = '-', -toInt64(calls), toInt64(calls)), network_bucket_calls)) AS network,
        arrayMap(bucket -> if(bucket = -2, 0., (exp2(bucket / 32) + exp2((bucket + 1) / 32)) / 2), network.1) AS network_midpoints_us,
        arrayCumSum(network.2) AS network_reached_calls,
        groupUniqArrayArrayIf(examples, sign = '+') AS examples_seen,
        groupUniqArrayArrayIf(examples, sign = '-') AS examples_taken_back
    FROM weir.dependencies_v1 FINAL
    GROUP BY tenant, window_start, parent, child, connection_type
    HAVING net_calls > 0
);

CREATE OR REPLACE VIEW weir.paths AS
SELECT
    tenant,
    window_start,
    CAST(arrayZip(services, operations) AS Array(Tuple(service String, operation String))) AS path,
    toUInt64(net_spans) AS spans,
    toUInt64(net_spans - net_parents) AS leaves,
    toUInt64(net_calls) AS calls,
    toUInt64(net_errors) AS errors,
    arraySlice(arraySort(example -> (has(examples_taken_back, example), example), examples_seen), 1, 3) AS examples
FROM
(
    SELECT
        tenant,
        window_start,
        services,
        operations,
        sum(if(sign = '-', -toInt64(spans), toInt64(spans))) AS net_spans,
        sum(if(sign = '-', -toInt64(parents), toInt64(parents))) AS net_parents,
        sum(if(sign = '-', -toInt64(calls), toInt64(calls))) AS net_calls,
        sum(if(sign = '-', -toInt64(errors), toInt64(errors))) AS net_errors,
        groupUniqArrayArrayIf(examples, sign = '+') AS examples_seen,
        groupUniqArrayArrayIf(examples, sign = '-') AS examples_taken_back
    FROM weir.paths_v1 FINAL
    GROUP BY tenant, window_start, services, operations
    HAVING net_spans > 0
);

CREATE OR REPLACE VIEW weir.quality AS
SELECT
    tenant,
    window_start,
    service,
    operation,
    check,
    toUInt64(net_judged) AS judged,
    toUInt64(net_passed) AS passed,
    toUInt64(net_judged - net_passed - net_exempt) AS failed,
    toUInt64(net_exempt) AS exempt,
    pass_examples,
    fail_examples
FROM
(
    SELECT
        tenant,
        window_start,
        service,
        operation,
        check,
        sum(stored.judged - stored.judged_moved) AS net_judged,
        sum(stored.passed - stored.passed_moved) AS net_passed,
        sum(stored.exempt - stored.exempt_moved) AS net_exempt,
        CAST(arrayMap(ids -> (ids[1], ids[2]), arrayMap(example -> splitByChar('/', example), arraySlice(arraySort(groupUniqArrayArray(pass_examples)), 1, 3))) AS Array(Tuple(trace_id String, span_id String))) AS pass_examples,
        CAST(arrayMap(ids -> (ids[1], ids[2]), arrayMap(example -> splitByChar('/', example), arraySlice(arraySort(groupUniqArrayArray(fail_examples)), 1, 3))) AS Array(Tuple(trace_id String, span_id String))) AS fail_examples
    FROM weir.quality_v1 AS stored FINAL
    GROUP BY tenant, window_start, service, operation, check
    HAVING net_judged > 0
);

CREATE OR REPLACE VIEW weir.clients AS
SELECT
    tenant,
    window_start,
    service,
    language,
    sdk,
    client_version AS version,
    sum(stored.spans) AS spans,
    CAST(arrayMap(ids -> (ids[1], ids[2]), arrayMap(example -> splitByChar('/', example), arraySlice(arraySort(groupUniqArrayArray(examples)), 1, 3))) AS Array(Tuple(trace_id String, span_id String))) AS examples
FROM weir.clients_v1 AS stored FINAL
GROUP BY tenant, window_start, service, language, sdk, client_version;

CREATE OR REPLACE VIEW weir.progress AS
SELECT
    topic,
    generation,
    partition,
    origin,
    hi,
    fromUnixTimestamp64Milli(watermark_ms, 'UTC') AS watermark,
    fingerprint,
    written_at
FROM weir.progress_v1
ORDER BY generation DESC, hi > origin DESC, if(hi > origin, hi, 0) DESC, written_at, origin
LIMIT 1 BY topic, partition;
