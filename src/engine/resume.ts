/**
 * Where to resume a partition. Pure. A row of slot b is a function of `log[b - N, min(hi, b + 2N))`, so a process that resumes
 * at `hi` owns from the slot before hi's and reads one slot more, as context.
 */
import type { Progress } from '../sinks/sink.ts';
import type { OffsetRange } from '../sources/log-source.ts';

export interface ResumePlan {
  readonly generation: number;
  /** First offset this generation owns. */
  readonly origin: number;
  /** Offset to read from. */
  readonly readFrom: number;
  /** Spans of earlier messages are context. */
  readonly ownersFrom: number;
  /** Increments of messages below this were given out already: the newest progress. */
  readonly countedTo: number;
  /** Messages that retention removed before anyone counted them. */
  readonly lostMessages: number;
  /** Of a partition of stubs: the marks before `readFrom`; undefined where nothing was read before. */
  readonly stubMarks?: string;
  /** Why a new generation began, where one did. */
  readonly restarted?: 'retention' | 'truncated' | 'recreated' | 'requested';
}

export interface ResumeRequest {
  readonly progress: Progress | undefined;
  readonly range: OffsetRange;
  readonly slotMessages: number;
  /** Where a partition without progress begins. */
  readonly firstOffset: number;
  /** Begin a new generation where the newest progress ends. */
  readonly newGeneration: boolean;
  /** Largest version stored for the newest generation: rows of a flush whose progress was never written may lie beyond its `hi`. */
  readonly newestVersion: number;
}

export function slotOf(offset: number, slotMessages: number): number {
  return Math.floor(offset / slotMessages) * slotMessages;
}

/** Where a process that resumes at `hi` owns from, and the start of the slot it reads from. */
export function resumptionOf(
  hi: number,
  origin: number,
  slotMessages: number,
): { readonly ownersFrom: number; readonly readFrom: number } {
  const ownersFrom = Math.max(origin, slotOf(hi, slotMessages) - slotMessages);
  return { ownersFrom, readFrom: Math.max(0, slotOf(ownersFrom, slotMessages) - slotMessages) };
}

export function planResume(request: ResumeRequest): ResumePlan {
  const { progress, range, slotMessages, newestVersion } = request;
  if (progress === undefined) return begin(1, Math.max(request.firstOffset, range.first), request);
  const { generation, origin, hi } = progress;
  const counted = Math.max(hi, newestVersion);
  if (range.end < counted) return beginShorter(request, generation + 1);
  if (request.newGeneration) return { ...begin(generation + 1, counted, request), restarted: 'requested' };
  const { ownersFrom, readFrom } = resumptionOf(hi, origin, slotMessages);
  // Where the generation began at the log's first offset there was nothing before it to read.
  if (range.first <= readFrom || range.first === origin)
    return {
      generation,
      origin,
      readFrom: Math.max(readFrom, range.first),
      ownersFrom,
      countedTo: hi,
      lostMessages: 0,
    };
  return {
    ...begin(generation + 1, Math.max(counted, range.first), request),
    lostMessages: Math.max(0, range.first - counted),
    restarted: 'retention',
  };
}

/**
 * The log is shorter than what was counted of it. One that retention has cut already is the old one, which lost its tail: what is left was counted.
 * One that still has its first message is taken to be new.
 */
function beginShorter(request: ResumeRequest, generation: number): ResumePlan {
  const { first, end } = request.range;
  if (first > 0) return { ...begin(generation, end, request), restarted: 'truncated' };
  return { ...begin(generation, first, request), restarted: 'recreated' };
}

/** A generation's beginning: it owns from `origin`, and reads the neighbourhood of its first span. */
function begin(generation: number, origin: number, { range, slotMessages }: ResumeRequest): ResumePlan {
  const context = slotOf(origin, slotMessages) - slotMessages;
  return {
    generation,
    origin,
    readFrom: Math.max(range.first, context),
    ownersFrom: origin,
    countedTo: origin,
    lostMessages: 0,
  };
}
