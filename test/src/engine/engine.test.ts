import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { red } from '../../../operators/red.ts';
import { FingerprintError } from '../../../src/engine/claim.ts';
import { SYSTEM_CLOCK } from '../../../src/engine/clock.ts';
import { type Engine, startEngine } from '../../../src/engine/engine.ts';
import type { EngineOptions } from '../../../src/engine/options.ts';
import type { EngineObserver } from '../../../src/engine/observer.ts';
import type { ResumePlan } from '../../../src/engine/resume.ts';
import { SinkError } from '../../../src/sinks/sink-error.ts';
import type { DeadLetter } from '../../../src/sources/log-source.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { PlainLog } from '../../support/plain-log.ts';
import { BASE_MS, type PlainMessage, plainCodec, plainLog } from '../../support/plain-span.ts';
import { redOracle } from '../../support/red-oracle.ts';
import { SMALL, batchOf } from '../../support/run-partition.ts';

const HOUR_MS = 3_600_000;
let running: Engine[] = [];

afterEach(async () => {
  await Promise.all(running.map((engine) => engine.stop(1000).catch(() => undefined)));
  running = [];
});

interface Watched {
  readonly observer: EngineObserver;
  readonly calls: string[];
}

function watch(): Watched {
  const calls: string[] = [];
  const note =
    (name: string) =>
    (...details: unknown[]): void =>
      void calls.push([name, ...details.filter((detail) => typeof detail !== 'object')].join(' '));
  return {
    calls,
    observer: {
      opened: note('opened'),
      closed: note('closed'),
      read: note('read'),
      traces: note('traces'),
      passedOver: note('passedOver'),
      poisoned: note('poisoned'),
      acknowledged: ({ hi, countedTo }) => void calls.push(`acknowledged ${hi} of ${countedTo}`),
      flushed: () => undefined,
      flushFailed: note('flushFailed'),
      claimFailed: note('claimFailed'),
      commitFailed: note('commitFailed'),
    },
  };
}

async function start(
  source: PlainLog,
  sink: MemorySink,
  change: Partial<EngineOptions> = {},
  letters: DeadLetter[] = [],
): Promise<Engine> {
  const keys = new AttributeKeys(SMALL.dimensions);
  const engine = await startEngine({
    jobs: [
      {
        name: 'red',
        summary: '',
        operators: [red({ dimensions: SMALL.dimensions, limits: SMALL }, 7)],
        tables: [],
        views: [],
        counters: [],
      },
    ],
    sources: [
      {
        source,
        topics: new Map([
          [
            't',
            {
              codec: plainCodec(source.log),
              slotMessages: SMALL.slotMessages,
              tenantOf: () => 'default',
              start: 'earliest',
            },
          ],
        ]),
        deadLetters: {
          write: async (written) => Promise.resolve(void letters.push(...written)),
          stop: async () => Promise.resolve(),
        },
      },
    ],
    sink,
    observer: watch().observer,
    rules: {
      windowMs: SMALL.windowMs,
      aheadMsMax: SMALL.aheadMsMax,
      lateMsMax: SMALL.lateMsMax,
      keys: keys.keys,
    },
    writer: { keys },
    lookbackSpans: SMALL.lookbackSpans,
    flushMs: HOUR_MS,
    rowsHeldMax: 1_000_000,
    fingerprint: 'f',
    newGeneration: false,
    failed: (error) => {
      throw error;
    },
    ...change,
  });
  running.push(engine);
  return engine;
}

const message = (at: number): PlainMessage => ({
  recordMs: BASE_MS + at * 1000,
  spans: at % 5 === 4 ? undefined : [],
});

test('rows are exact after any schedule of deliveries, flushes and restarts', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ deliver: fc.nat(6) }) },
    { weight: 2, arbitrary: fc.constant('flush' as const) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  await fc.assert(
    fc.asyncProperty(plainLog, fc.array(step, { maxLength: 20 }), async (log, steps) => {
      const sink = new MemorySink();
      let source = new PlainLog(log);
      let engine = await start(source, sink);
      for (const one of steps) {
        if (one === 'flush') await engine.flush();
        else if (one === 'restart') engine = await start((source = new PlainLog(log)), sink);
        else await source.deliver(one.deliver);
      }
      await source.deliver(log.length);
      await engine.flush();
      expect(sink.redRows('t', 1, 0)).toEqual(redOracle(log, SMALL));
      running = [];
    }),
    { numRuns: 100 },
  );
});

test('progress and offsets follow the rows, and claim a generation’s origin first', async () => {
  const sink = new MemorySink();
  const source = new PlainLog(Array.from({ length: 10 }, (_, at) => message(at)));
  const engine = await start(source, sink);
  expect(sink.progress).toMatchObject([{ generation: 1, origin: 0, hi: 0 }]);
  await source.deliver(7);
  await engine.flush();
  expect(sink.progress.at(-1)).toMatchObject({ hi: 7 });
  expect(source.committed).toEqual([7]);
  expect(engine.partitions()).toMatchObject([{ topic: 't', partition: 0, hi: 7, lagMessages: 3 }]);
});

test('a refused insert is tried again until it is taken, and nothing is claimed before', async () => {
  const sink = new MemorySink();
  const source = new PlainLog(Array.from({ length: 4 }, (_, at) => message(at)));
  const { observer, calls } = watch();
  const engine = await start(source, sink, { observer });
  await source.deliver(4);
  let refusals = 2;
  sink.refuse = (step) => {
    if (step === 'rows' && refusals-- > 0) throw new Error('not now');
  };
  await engine.flush();
  expect(calls.filter((call) => call.startsWith('flushFailed'))).toEqual([
    'flushFailed 200',
    'flushFailed 400',
  ]);
  expect(sink.progress.at(-1)).toMatchObject({ hi: 4 });
  expect(engine.failure).toBeUndefined();
});

test('a partition assigned while the store is away is claimed when it is back', async () => {
  const sink = new MemorySink();
  const source = new PlainLog([message(0)]);
  const { observer, calls } = watch();
  let refusals = 2;
  sink.refuse = () => {
    if (refusals-- > 0) throw new SinkError('not now', { retryable: true });
  };
  const engine = await start(source, sink, { observer });
  expect(calls.slice(0, 3)).toEqual(['claimFailed t 0 200', 'claimFailed t 0 400', 'opened t 0']);
  await source.deliver(1);
  await engine.flush();
  expect(sink.progress.at(-1)).toMatchObject({ hi: 1 });
});

test('a store that lags behind what was written to it is asked again after a pause, and said to', async () => {
  const sink = new MemorySink();
  const { observer, calls } = watch();
  let lagging = 50;
  sink.readProgress = async (...place) => {
    await Promise.resolve();
    return lagging-- > 0 ? undefined : MemorySink.prototype.readProgress.apply(sink, place);
  };
  const starting = start(new PlainLog([message(0)]), sink, { observer });
  await vi.waitFor(() => expect(calls).toContain('claimFailed t 0 200'));
  lagging = 0;
  await starting;
  expect(calls).toEqual(['claimFailed t 0 200', 'opened t 0']);
  expect(sink.progress.length).toBeLessThan(3);
});

test('a store that will never say where to resume ends the engine', async () => {
  const sink = new MemorySink();
  const refused = new SinkError('no such table', { retryable: false });
  sink.refuse = () => {
    throw refused;
  };
  await expect(start(new PlainLog([message(0)]), sink)).rejects.toBe(refused);
});

test('poison is kept once, before progress passes it, and does not stop what follows', async () => {
  const letters: DeadLetter[] = [];
  const sink = new MemorySink();
  const log = Array.from({ length: 10 }, (_, at) => message(at));
  const source = new PlainLog(log);
  const engine = await start(source, sink, {}, letters);
  await source.deliver(10);
  await engine.flush();
  expect(letters.map(({ offset, reason }) => `${offset} ${reason}`)).toEqual(['4 malformed', '9 malformed']);
  const again = new PlainLog(log);
  const next = await start(again, sink, {}, letters);
  await again.deliver(10);
  await next.flush();
  expect(letters.length).toBe(2);
});

test('counters are told where an earlier process stopped counting', async () => {
  const sink = new MemorySink();
  const log = Array.from({ length: 10 }, (_, at) => message(at));
  const first = new PlainLog(log);
  const engine = await start(first, sink);
  await first.deliver(6);
  await engine.flush();
  const second = new PlainLog(log);
  const { observer, calls } = watch();
  const resumed = await start(second, sink, { observer });
  await second.deliver(10);
  await resumed.flush();
  expect(calls.filter((call) => call.startsWith('acknowledged'))).toEqual(['acknowledged 10 of 6']);
});

test('another fingerprint is refused with the two ways out, and accepted as a new generation', async () => {
  const sink = new MemorySink();
  const log = Array.from({ length: 10 }, (_, at) => message(at));
  const engine = await start(new PlainLog(log), sink);
  await engine.flush();
  await expect(start(new PlainLog(log), sink, { fingerprint: 'g' })).rejects.toThrow(FingerprintError);
  await start(new PlainLog(log), sink, { fingerprint: 'g', newGeneration: true });
  expect(sink.progress.at(-1)).toMatchObject({ generation: 2, fingerprint: 'g' });
});

test('a log that lost unread messages goes on in a new generation', async () => {
  const sink = new MemorySink();
  const log = Array.from({ length: 40 }, (_, at) => message(at));
  const source = new PlainLog(log);
  await start(source, sink);
  await source.deliver(5);
  source.first = 30;
  source.position = 30;
  await source.deliver(1);
  expect(sink.progress.at(-1)).toMatchObject({ generation: 2, origin: 30 });
});

test('a log that was seen to be shorter goes on in a new generation, though it has grown when that begins', async () => {
  const sink = new MemorySink();
  const log = Array.from({ length: 10 }, (_, at) => message(at));
  const source = new PlainLog(log);
  const engine = await start(source, sink);
  await source.deliver(8);
  source.first = 2;
  await source.listener!.messages({ ...batchOf(log, 5, 6), endOffset: 6 });
  expect(sink.progress.at(-1)).toMatchObject({ generation: 2, origin: 6, hi: 6 });
  await source.deliver(10);
  await engine.flush();
  expect(sink.progress.at(-1)).toMatchObject({ generation: 2, hi: 10 });
});

test('what a new generation has lost is told, though the store fails as it begins', async () => {
  const sink = new MemorySink();
  const log = Array.from({ length: 40 }, (_, at) => message(at));
  const first = new PlainLog(log);
  const engine = await start(first, sink);
  await first.deliver(5);
  await engine.flush();
  const second = new PlainLog(log);
  second.first = 30;
  const told: number[] = [];
  const observer = {
    ...watch().observer,
    opened: (_t: string, _p: number, plan: ResumePlan) => void told.push(plan.lostMessages),
  };
  let reads = 0;
  sink.refuse = (step) => {
    if (step === 'read' && ++reads === 2) throw new SinkError('not now', { retryable: true });
  };
  await start(second, sink, { observer });
  expect([told, sink.progress.filter(({ generation }) => generation > 1)]).toMatchObject([
    [25],
    [{ origin: 30 }],
  ]);
});

test('nothing is claimed of a partition whose reading broke off, and the others are flushed', async () => {
  const sink = new MemorySink();
  const broken: PlainMessage = {
    recordMs: BASE_MS,
    get spans(): never {
      throw new TypeError('bug');
    },
  };
  const source = new PlainLog([message(0), message(1), broken]);
  const engine = await start(source, sink);
  await source.listener!.assigned('t', 1);
  await source.listener!.messages({ ...batchOf(source.log, 0, 1), partition: 1 });
  await expect(source.listener!.messages(batchOf(source.log, 0, 3))).rejects.toThrow('bug');
  await engine.stop(1000);
  expect(sink.progress.map(({ partition, hi }) => `${partition} ${hi}`)).toEqual(['0 0', '1 0', '1 1']);
});

test('stop flushes what was read', async () => {
  const sink = new MemorySink();
  const source = new PlainLog(Array.from({ length: 4 }, (_, at) => message(at)));
  const engine = await start(source, sink);
  await source.deliver(3);
  await engine.stop(1000);
  expect(sink.progress.at(-1)).toMatchObject({ hi: 3 });
});

test('stop gives up on a sink that does not answer, claiming nothing', async () => {
  const sink = new MemorySink();
  const source = new PlainLog(Array.from({ length: 4 }, (_, at) => message(at)));
  const engine = await start(source, sink);
  await source.deliver(3);
  sink.refuse = () => {
    throw new Error('gone');
  };
  await expect(engine.stop(50)).rejects.toThrow('gone');
  expect(sink.progress.at(-1)).toMatchObject({ hi: 0 });
});

test('processes whose logs begin anew keep their rows apart, though they start in one millisecond', async () => {
  const [log] = fc.sample(plainLog, { numRuns: 50, seed: 3 }).sort((a, b) => b.length - a.length);
  const sink = new MemorySink();
  for (const [startMs, chance] of [
    [BASE_MS, 0.1],
    [BASE_MS, 0.7],
    [BASE_MS, 0.999],
    [BASE_MS + 1, 0],
  ] as const) {
    const clock = { ...SYSTEM_CLOCK, wallMs: () => startMs, random: () => chance / 2 ** 32 };
    const source = Object.assign(new PlainLog(log!), { ephemeral: true });
    const engine = await start(source, sink, { clock });
    await source.deliver(log!.length);
    await engine.flush();
  }
  const generations = [...new Set(sink.progress.map(({ generation }) => generation))];
  expect(generations).toHaveLength(4);
  expect(generations).toEqual(generations.toSorted((a, b) => a - b));
  expect(Math.max(...generations)).toBeLessThan(2 ** 53);
  for (const generation of generations)
    expect(sink.redRows('t', generation, 0)).toEqual(redOracle(log!, SMALL));
});

test('lag is known of a partition that is not being read', async () => {
  const log = Array.from({ length: 4 }, (_, at) => message(at));
  const source = new PlainLog(log);
  const engine = await start(source, new MemorySink(), { flushMs: 5 });
  await source.deliver(4);
  log.push(message(4), message(5));
  await vi.waitFor(() => {
    expect(engine.partitions()).toMatchObject([{ hi: 4, lagMessages: 2 }]);
  });
});
