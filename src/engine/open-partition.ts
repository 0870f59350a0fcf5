/**
 * What a partition is made of, by its topic: all operators over its spans; or, where the topic is re-keyed, those that join over the
 * stubs and the others over the spans.
 */
import type { Operator } from '../../operators/operator.ts';
import { StubEmitter } from '../stubs/stub-emitter.ts';
import { MarkHistory } from '../stubs/stub-marks.ts';
import { StubReader } from '../stubs/stub-reader.ts';
import type { Job } from './job.ts';
import type { EngineOptions, TopicOptions } from './options.ts';
import { Partition, type PartitionOptions } from './partition.ts';
import { openPipeline } from './pipeline.ts';
import type { ResumePlan } from './resume.ts';
import type { SplitTraces } from './split-traces.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly plan: ResumePlan;
  /** Places hash keys; no result depends on it. */
  readonly seed: number;
  /** Watches the topic's traces, should somebody join its spans as they are. */
  readonly traces?: SplitTraces;
}

/** What of the engine's options all partitions go by. */
export type OpenOptions = Pick<EngineOptions, 'jobs' | 'rules' | 'lookbackSpans' | 'writer' | 'fingerprint'>;

/**
 * A small partition of each topic's kind, which reads nothing. V8 forgets the shapes of objects when none is left of them; where all partitions had
 * gone and come back for the fourth time, code made for the shapes before ran at a third of its speed for good (benchmarks/reopen.ts).
 */
const kept = new WeakMap<TopicOptions, Partition>();
const KEPT_SPANS = 16;

export function openPartition(options: OpenOptions, topicOptions: TopicOptions, place: Place): Partition {
  if (!kept.has(topicOptions)) kept.set(topicOptions, make(options, topicOptions, place, KEPT_SPANS));
  return make(options, topicOptions, place, options.lookbackSpans);
}

function make(options: OpenOptions, topicOptions: TopicOptions, place: Place, spansMax: number): Partition {
  const { rules, writer, jobs } = options;
  const { slotMessages, tenantOf, isTenantFixed = false, fingerprint = options.fingerprint } = topicOptions;
  const { topic, partition, plan, seed } = place;
  const pipeline = openPipeline(jobsOver(jobs, topicOptions), { rules, spansMax, slotMessages, seed });
  return new Partition(
    {
      topic,
      partition,
      plan,
      slotMessages,
      fingerprint,
      writer,
      tenantOf,
      isTenantFixed,
      ...codecOf(options, topicOptions, place),
    },
    pipeline,
  );
}

function jobsOver(jobs: readonly Job[], { codec, rekeyedTo }: TopicOptions): readonly Job[] {
  const isRead = (operator: Operator): boolean =>
    codec === 'stubs' ? isJoined(operator) : rekeyedTo === undefined || !isJoined(operator);
  return jobs.map((job) => ({ ...job, operators: job.operators.filter(isRead) }));
}

function codecOf(
  { jobs, rules }: OpenOptions,
  { codec, rekeyedTo: target }: TopicOptions,
  { partition, plan, traces }: Place,
): Pick<PartitionOptions, 'codec' | 'emitter' | 'stubs' | 'marks' | 'traces'> {
  if (codec === 'stubs') {
    const marks = new MarkHistory(plan.readFrom, plan.stubMarks);
    const stubs = new StubReader(marks.marks);
    return { codec: stubs, stubs, marks };
  }
  const joined = jobs.flatMap(({ operators }) => operators.filter(isJoined));
  if (target === undefined) return joined.length > 0 && traces !== undefined ? { codec, traces } : { codec };
  const wanted = new Set(joined.flatMap(({ attributes }) => attributes));
  const keys = [...wanted].map((key) => ({ key, column: rules.keys.indexOf(key) }));
  const { generation, countedTo: firstOffset } = plan;
  return { codec, emitter: new StubEmitter({ target, partition, generation, firstOffset, keys }) };
}

function isJoined(operator: Operator): boolean {
  return operator.isJoined === true;
}
