/**
 * Claims a partition: reads where the stored progress says it stands, plans how to go on, and fixes a new generation's origin. Two processes may
 * begin a generation at once; both go by the origin that was written first.
 */
import { failpoint } from '../failpoints.ts';
import { SinkError } from '../sinks/sink-error.ts';
import type { Progress } from '../sinks/sink.ts';
import type { LogSource, OffsetRange } from '../sources/log-source.ts';
import { offsetOf } from '../stubs/stub-marks.ts';
import { askLog } from './ask-log.ts';
import { type EngineOptions, type SourceBinding, type TopicOptions, topicOf } from './options.ts';
import { type ResumePlan, planResume } from './resume.ts';

/** The stored rows mean something else than this configuration would write. */
export class FingerprintError extends Error {
  override readonly name = 'FingerprintError';
}

export interface Claim {
  readonly binding: SourceBinding;
  readonly topic: string;
  readonly partition: number;
  /** Generation of topics whose log begins anew with each process. */
  readonly ephemeralGeneration: number;
  /** What the partition's reader saw, where that is why it is claimed again. */
  readonly shortening?: Shortening | undefined;
  /** The generation that this claim began, should the store have failed before it could say so. */
  begun?: ResumePlan;
}

/** A log was seen to end before what had been read of it. */
export interface Shortening {
  readonly generation: number;
  /** How far it had been read. */
  readonly hi: number;
  /** Where it ended. */
  readonly end: number;
}

/** Throws FingerprintError where the configuration changed what rows mean, LogUnanswered, and whatever the sink throws. */
export async function claimPartition(options: EngineOptions, claim: Claim): Promise<ResumePlan> {
  const { binding, topic, partition, ephemeralGeneration } = claim;
  const { sink } = options;
  // A log that begins anew with each process gets a generation of its own, so no row of an earlier run is overwritten.
  if (binding.source.ephemeral === true) {
    const plan = { ...(await planFrom(undefined, options, claim)), generation: ephemeralGeneration };
    await writeOrigin(plan, options, claim);
    return plan;
  }
  for (let written = 0; ;) {
    const progress = await sink.readProgress(topic, partition);
    const generation = progress?.generation ?? 0;
    if (generation < written)
      throw new SinkError(`the store does not show yet what was written of ${topic}/${partition}`, {
        retryable: true,
      });
    const isBegun = generation === claim.begun?.generation && progress?.origin === claim.begun.origin;
    const plan = isBegun ? claim.begun! : await planFrom(progress, options, claim);
    failpoint('claim.planned');
    if (generation !== plan.generation) {
      claim.begun = plan;
      await writeOrigin(plan, options, claim);
      written = plan.generation;
    }
    failpoint('claim.placed');
    if (generation === plan.generation) return plan;
  }
}

/** How to go on from `progress`. */
async function planFrom(
  progress: Progress | undefined,
  options: EngineOptions,
  { binding, topic, partition, shortening }: Claim,
): Promise<ResumePlan> {
  const { source } = binding;
  const topicOptions = topicOf(binding, topic);
  const { slotMessages, fingerprint = options.fingerprint } = topicOptions;
  const isOther = progress !== undefined && progress.fingerprint !== fingerprint;
  if (isOther && !options.newGeneration) throw otherFingerprint(fingerprint, progress, topic, partition);
  const newestVersion =
    progress === undefined ? 0 : await options.sink.newestVersion(topic, progress.generation, partition);
  // Asked last: another owner may be writing, and the log must not look shorter than what was read of it.
  const range = await askLog(() => source.offsets(topic, partition));
  const plan = planResume({
    progress,
    range: progress === undefined ? range : shortened(range, shortening, progress, newestVersion),
    slotMessages,
    firstOffset: await firstOffset(source, topicOptions, range, topic, partition),
    newGeneration: isOther,
    newestVersion,
  });
  return fromMarks(plan, progress?.stubMarks, range);
}

/** Beyond the end that was seen a log is another one, however far it has grown since; unless somebody has counted of that already. */
function shortened(
  range: OffsetRange,
  shortening: Shortening | undefined,
  { generation, hi }: Progress,
  newestVersion: number,
): OffsetRange {
  const isCounted = generation !== shortening?.generation || Math.max(hi, newestVersion) > shortening.hi;
  return isCounted ? range : { ...range, end: Math.max(range.first, Math.min(range.end, shortening.end)) };
}

/** Written before the generation's first row, so that whoever resumes owns the same messages. */
async function writeOrigin(
  { generation, origin, stubMarks }: ResumePlan,
  options: EngineOptions,
  { binding, topic, partition }: Claim,
): Promise<void> {
  const { fingerprint = options.fingerprint } = topicOf(binding, topic);
  const place = { topic, partition, fingerprint, generation, origin, hi: origin };
  const marks = stubMarks === undefined ? {} : { stubMarks };
  await options.sink.writeProgress([{ ...place, ...marks, watermarkMs: Number.NaN, rows: [] }]);
}

/** A new generation too knows which stubs were there before: it reads from where marks are known, as far as the log still has it. */
function fromMarks(plan: ResumePlan, stubMarks: string | undefined, range: OffsetRange): ResumePlan {
  if (stubMarks === undefined) return plan;
  const readFrom = Math.max(range.first, Math.min(plan.readFrom, offsetOf(stubMarks)));
  return { ...plan, readFrom, stubMarks };
}

async function firstOffset(
  source: LogSource,
  { start }: TopicOptions,
  range: OffsetRange,
  topic: string,
  partition: number,
): Promise<number> {
  if (start === 'earliest') return range.first;
  return start === 'latest' ? range.end : askLog(() => source.offsetAt(topic, partition, start));
}

function otherFingerprint(fingerprint: string, progress: Progress, topic: string, partition: number): Error {
  return new FingerprintError(
    `The rows stored for ${topic}/${partition} were written under another configuration (windows, slots, lookback, limits, dimensions or ` +
      `jobs: fingerprint ${progress.fingerprint}, now ${fingerprint}). Either restore that configuration, or start once with ` +
      `--new-generation: rows so far stay as they are, and messages from offset ${progress.hi} on are counted under the new one.`,
  );
}
