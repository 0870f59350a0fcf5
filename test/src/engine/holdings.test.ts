/** Partitions over a log that answers when the test wants it to, on a clock of the test's. */
import { expect, test } from 'vitest';
import { SILENT } from '../../../src/commands/watch.ts';
import { type Clock, SYSTEM_CLOCK } from '../../../src/engine/clock.ts';
import { openHoldings } from '../../../src/engine/holdings.ts';
import type { EngineOptions, SourceBinding } from '../../../src/engine/options.ts';
import type { LogListener, OffsetRange } from '../../../src/sources/log-source.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { PlainLog } from '../../support/plain-log.ts';
import { BASE_MS, type PlainMessage, plainCodec } from '../../support/plain-span.ts';
import { SMALL, batchOf } from '../../support/run-partition.ts';

const LOG: readonly PlainMessage[] = Array.from({ length: 20 }, () => ({ recordMs: BASE_MS, spans: [] }));
const AWAY = new Error('closed connection');

interface Stand {
  readonly source: PlainLog;
  readonly listener: LogListener;
  /** What the log answers, one after another; then that it is whole. */
  readonly answers: (OffsetRange | Error)[];
  readonly calls: string[];
  readonly held: () => readonly number[];
  readonly ended: AbortController;
  /** Lets the pauses end that were begun so far, and returns how long they were to be. */
  readonly pass: () => Promise<number[]>;
}

function setup(): Stand {
  const source = new PlainLog(LOG);
  const answers: (OffsetRange | Error)[] = [];
  source.offsets = async () => {
    await Promise.resolve();
    const answer = answers.shift() ?? { first: 0, end: LOG.length };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const pauses = new Map<() => void, number>();
  const clock: Clock = {
    ...SYSTEM_CLOCK,
    random: () => 1,
    after: (ms, action) => {
      pauses.set(action, ms);
      return () => pauses.delete(action);
    },
  };
  const calls: string[] = [];
  const keys = new AttributeKeys(SMALL.dimensions);
  const { slotMessages, lookbackSpans, windowMs, aheadMsMax, lateMsMax } = SMALL;
  const topic = {
    codec: plainCodec(LOG),
    slotMessages,
    tenantOf: () => 'default',
    start: 'earliest' as const,
  };
  const binding: SourceBinding = { source, topics: new Map([['t', topic]]) };
  const options: EngineOptions = {
    jobs: [],
    sources: [binding],
    sink: new MemorySink(),
    observer: {
      ...SILENT,
      opened: (_topic, _partition, { generation }) => void calls.push(`opened in ${generation}`),
      claimFailed: (_topic, _partition, { message }, ms) => void calls.push(`${message}: again in ${ms}`),
    },
    rules: { windowMs, aheadMsMax, lateMsMax, keys: keys.keys },
    writer: { keys },
    lookbackSpans,
    flushMs: 1_000,
    rowsHeldMax: 1_000,
    fingerprint: 'f',
    newGeneration: false,
    failed: (error) => {
      throw error;
    },
  };
  const ended = new AbortController();
  const holdings = openHoldings(options, { clock, flush: () => Promise.resolve(), ended: ended.signal });
  return {
    source,
    listener: holdings.listenerOf(binding),
    answers,
    calls,
    held: () => holdings.partitions().map(({ hi }) => hi),
    ended,
    pass: async () => {
      await settle();
      const passed = [...pauses];
      for (const [action] of passed) action();
      await settle();
      return passed.map(([, ms]) => ms);
    },
  };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A partition of which two messages were read; the next to come is the sixth. */
async function beforeGap(): Promise<Stand> {
  const stand = setup();
  await stand.listener.assigned('t', 0);
  await stand.listener.messages(batchOf(LOG, 0, 2));
  expect(stand.held()).toEqual([2]);
  return stand;
}

test('a log that is away at a claim is asked again', async () => {
  const { listener, answers, calls, pass, held } = setup();
  answers.push(AWAY, AWAY);
  const assigned = listener.assigned('t', 0);
  expect([await pass(), await pass()]).toEqual([[200], [400]]);
  await assigned;
  expect(calls).toEqual([
    'closed connection: again in 200',
    'closed connection: again in 400',
    'opened in 1',
  ]);
  expect(held()).toEqual([0]);
});

test('a log that is away at a gap is asked again, and reading goes on', async () => {
  const { listener, answers, calls, pass, held } = await beforeGap();
  answers.push(AWAY);
  const read = listener.messages(batchOf(LOG, 5, 6));
  await pass();
  await read;
  expect(calls.slice(1)).toEqual(['closed connection: again in 200']);
  expect(held()).toEqual([6]);
});

test('a log that refuses for good ends the process, at a claim and at a gap', async () => {
  const refusal = Object.assign(new Error('may not read'), { retryable: false });
  const claiming = setup();
  claiming.answers.push(refusal);
  await expect(claiming.listener.assigned('t', 0)).rejects.toBe(refusal);
  const { listener, answers } = await beforeGap();
  answers.push(refusal);
  await expect(listener.messages(batchOf(LOG, 5, 6))).rejects.toBe(refusal);
});

test('a partition that is lost is not asked about again, and opened at once when it comes back', async () => {
  const { listener, answers, calls, held } = setup();
  answers.push(AWAY);
  const given = listener.assigned('t', 0);
  await settle();
  listener.lost('t', 0);
  await given;
  expect(held()).toEqual([]);
  await listener.assigned('t', 0);
  expect(calls).toEqual(['closed connection: again in 200', 'opened in 1']);
});

test('what comes after a gap is not read for a partition that is lost, or being opened anew', async () => {
  const { listener, answers, held, pass } = await beforeGap();
  answers.push(AWAY, AWAY);
  const read = listener.messages(batchOf(LOG, 5, 6));
  await settle();
  const anew = listener.assigned('t', 0);
  await read;
  expect(held()).toEqual([2]);
  await pass();
  await anew;
  expect(held()).toEqual([0]);
  await listener.messages(batchOf(LOG, 0, 2));
  answers.push(AWAY);
  const last = listener.messages(batchOf(LOG, 5, 6));
  await settle();
  listener.lost('t', 0);
  await last;
  expect([held(), answers]).toEqual([[], []]);
});

test('nothing is asked again once the engine ends', async () => {
  const { listener, answers, ended } = setup();
  answers.push(AWAY);
  const assigned = listener.assigned('t', 0);
  await settle();
  ended.abort();
  await expect(assigned).rejects.toBe(AWAY);
});

test('a log made anew is noticed by a partition that has read nothing of the one before', async () => {
  const { listener, answers, calls, held } = setup();
  answers.push({ first: 10, end: 10 });
  await listener.assigned('t', 0);
  expect(held()).toEqual([10]);
  answers.push({ first: 0, end: 3 });
  await listener.messages({ ...batchOf(LOG, 0, 2), endOffset: 3 });
  expect([calls, held()]).toEqual([['opened in 1', 'opened in 2'], [0]]);
});
