/**
 * Weir's own metrics, `weir_*`, and those of its process: what happened comes in by one function each, the text format goes out. Labels
 * are names from the configuration and words of closed sets; nothing a span says is among them but an allow-listed tenant.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Rows } from '../operators/rows.ts';
import { type MetricsSource, inChunks } from './sinks/prometheus-text.ts';
import { textAt, wholeAt } from './sinks/row-columns.ts';

/** Rows that `observe` takes: tenant, observation, spans (or links, by what the observation is of). */
export const OBSERVATIONS = 'span_observations';

export interface Telemetry extends MetricsSource {
  /** Messages of a topic were read, and the spans in them. */
  read(topic: string, messages: number, spans: number, bytes: number): void;
  /** More traces of a sample were seen; some of the sample turned out to lie on more than one partition. */
  traces(topic: string, sampled: number, split: number): void;
  /** Stubs were passed over: read before, or outdated by a later generation of their source. */
  passedOver(topic: string, repeated: number, outdated: number): void;
  /** A message could not be decoded; `reason` is one of a closed set. */
  poisoned(topic: string, reason: string): void;
  /** Retention took messages before they were read. */
  lost(messages: number): void;
  flushed(seconds: number): void;
  flushFailed(): void;
  /** Counts the late, duplicate, skewed and overflow spans, and the links, among an acknowledged flush's rows; passes over all other rows. */
  observe(rows: readonly Rows[]): void;
  /** How one partition stands. A value that is NaN is not known and not shown. */
  partition(topic: string, partition: number, state: PartitionState): void;
  /** A partition is no longer ours: its gauges disappear, whoever reads it now shows them. */
  closed(topic: string, partition: number): void;
  rowsHeld(rows: number): void;
  /** Registers what brings gauges up to date: called before each scrape. */
  beforeRender(update: () => void): void;
}

export interface PartitionState {
  /** Messages of the log not yet read. */
  readonly lagMessages: number;
  /** How far the newest record read lies behind now. */
  readonly watermarkDelaySeconds: number;
  /** How far back the neighbourhood reaches. */
  readonly neighbourhoodSeconds: number;
}

const FLUSH_BOUNDS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createTelemetry(options: { readonly hasProcessMetrics?: boolean } = {}): Telemetry {
  const registry = new Registry();
  if (options.hasProcessMetrics !== false) collectDefaultMetrics({ register: registry });
  const read = readMetrics(registry);
  const rekeyed = rekeyMetrics(registry);
  const observations = observationMetrics(registry);
  const gauges = partitionMetrics(registry);
  const flushes = flushMetrics(registry);
  const updates: (() => void)[] = [];
  return {
    read: (topic, messages, spans, bytes) => {
      read.messages.inc({ topic }, messages);
      read.spans.inc({ topic }, spans);
      read.bytes.inc({ topic }, bytes);
    },
    traces: (topic, sampled, split) => {
      rekeyed.sampled.inc({ topic }, sampled);
      rekeyed.split.inc({ topic }, split);
    },
    passedOver: (topic, repeated, outdated) => {
      rekeyed.passedOver.inc({ topic, reason: 'repeated' }, repeated);
      rekeyed.passedOver.inc({ topic, reason: 'outdated' }, outdated);
    },
    poisoned: (topic, reason) => read.poison.inc({ topic, reason }),
    lost: (messages) => read.lost.inc(messages),
    flushed: (seconds) => flushes.seconds.observe(seconds),
    flushFailed: () => flushes.failures.inc(),
    observe: (rows) => {
      for (const set of rows) if (set.name === OBSERVATIONS) observations(set);
    },
    partition: (topic, partition, state) => {
      for (const { gauge, valueOf } of gauges) {
        const labels = { topic, partition: String(partition) };
        const value = valueOf(state);
        if (Number.isNaN(value)) gauge.remove(labels);
        else gauge.set(labels, value);
      }
    },
    closed: (topic, partition) => {
      for (const { gauge } of gauges) gauge.remove({ topic, partition: String(partition) });
    },
    rowsHeld: (rows) => flushes.rowsHeld.set(rows),
    beforeRender: (update) => void updates.push(update),
    async *render() {
      for (const update of updates) update();
      const text = await registry.metrics();
      yield* inChunks([text.split('\n').flatMap((line) => (line === '' ? [] : [`${spelled(line)}\n`]))]);
    },
  };
}

function readMetrics(registry: Registry) {
  const registers = [registry];
  const byTopic = { registers, labelNames: ['topic'] as const };
  return {
    messages: new Counter({ name: 'weir_messages_total', help: 'Messages read.', ...byTopic }),
    spans: new Counter({ name: 'weir_spans_total', help: 'Spans decoded, repeats included.', ...byTopic }),
    bytes: new Counter({ name: 'weir_bytes_total', help: 'Bytes of the messages read.', ...byTopic }),
    poison: new Counter({
      name: 'weir_poison_messages_total',
      help: 'Messages that could not be decoded, by reason. Each is a dead letter.',
      labelNames: ['topic', 'reason'] as const,
      registers,
    }),
    lost: new Counter({
      name: 'weir_data_loss_messages_total',
      help: 'Messages that retention took before they were read.',
      registers,
    }),
  };
}

function rekeyMetrics(registry: Registry) {
  const registers = [registry];
  const byTopic = { registers, labelNames: ['topic'] as const };
  return {
    sampled: new Counter({
      name: 'weir_sampled_traces_total',
      help: 'Traces of which this process looked whether they lie on one partition.',
      ...byTopic,
    }),
    split: new Counter({
      name: 'weir_split_traces_total',
      help: 'Those of them that lie on several: what joins their spans misses calls.',
      ...byTopic,
    }),
    passedOver: new Counter({
      name: 'weir_passed_over_stubs_total',
      help: 'Stubs not read: sent twice (repeated), or of a generation before one that was read (outdated).',
      labelNames: ['topic', 'reason'] as const,
      registers,
    }),
  };
}

/** Counts rows `span_observations`. */
function observationMetrics(registry: Registry): (rows: Rows) => void {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const counters = new Map([
    [
      'late',
      counter(
        'weir_late_spans_total',
        'Spans that ended too long before their record was written, counted in the window of the record.',
      ),
    ],
    [
      'duplicate',
      counter('weir_duplicate_spans_total', 'Spans that repeat an earlier one, not counted again.'),
    ],
    [
      'skewed',
      counter(
        'weir_skewed_spans_total',
        'Spans that ended too far after their record was written, counted in the window of the record.',
      ),
    ],
    ['link', counter('weir_links_total', 'Links of CONSUMER spans.')],
    [
      'joined_link',
      counter(
        'weir_joined_links_total',
        'Links of CONSUMER spans that found their producer; the rest have found nothing.',
      ),
    ],
  ]);
  const overflow = new Counter({
    name: 'weir_overflow_spans_total',
    help: 'Spans counted under __other__ because their tenant or service has too many series.',
    labelNames: ['tenant'] as const,
    registers,
  });
  return (rows) => {
    for (let row = 0; row < rows.length; row++) {
      const word = textAt(rows, 'observation', row);
      const spans = Number(wholeAt(rows, 'spans', row));
      if (word === 'overflow') overflow.inc({ tenant: textAt(rows, 'tenant', row) }, spans);
      else counters.get(word)?.inc(spans);
    }
  };
}

function partitionMetrics(registry: Registry) {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['topic', 'partition'] as const, registers: [registry] });
  return [
    {
      gauge: gauge('weir_consumer_lag_messages', 'Messages of the log not yet read.'),
      valueOf: (state: PartitionState) => state.lagMessages,
    },
    {
      gauge: gauge('weir_watermark_delay_seconds', 'Age of the newest record read.'),
      valueOf: (state: PartitionState) => state.watermarkDelaySeconds,
    },
    {
      gauge: gauge(
        'weir_neighbourhood_seconds',
        'How far back spans still meet their relatives and repeats.',
      ),
      valueOf: (state: PartitionState) => state.neighbourhoodSeconds,
    },
  ];
}

function flushMetrics(registry: Registry) {
  const registers = [registry];
  return {
    seconds: new Histogram({
      name: 'weir_flush_seconds',
      help: 'Time until a flush was acknowledged, retries included.',
      buckets: FLUSH_BOUNDS_S,
      registers,
    }),
    failures: new Counter({
      name: 'weir_flush_failures_total',
      help: 'Attempts to flush that failed. Each is repeated.',
      registers,
    }),
    rowsHeld: new Gauge({
      name: 'weir_rows_held',
      help: 'Rows in memory, of all operators and partitions.',
      registers,
    }),
  };
}

/** prom-client writes `Nan`, which not every reader takes for NaN. */
function spelled(line: string): string {
  return line.endsWith(' Nan') ? `${line.slice(0, -4)} NaN` : line;
}
