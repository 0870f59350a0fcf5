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
TTL window_start + toIntervalDay(30)
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
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(hi)
ORDER BY (topic, generation, partition, toStartOfHour(written_at));

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
ORDER BY generation DESC, hi DESC
LIMIT 1 BY topic, partition;
