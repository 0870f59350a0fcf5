/** The engine over a topic that is re-keyed, with the topic of its stubs in memory: one process, both stages. */
import { expect, test } from 'vitest';
import { dependencies } from '../../../operators/dependencies.ts';
import { red } from '../../../operators/red.ts';
import { SILENT } from '../../../src/commands/watch.ts';
import { startEngine } from '../../../src/engine/engine.ts';
import type { StubSink } from '../../../src/engine/options.ts';
import type { PartitionFlush } from '../../../src/sinks/sink.ts';
import type { LogListener, LogSource } from '../../../src/sources/log-source.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { StubMessage } from '../../../src/stubs/stub-format.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { PlainLog } from '../../support/plain-log.ts';
import { BASE_MS, type PlainMessage, plainCodec } from '../../support/plain-span.ts';
import { SMALL } from '../../support/run-partition.ts';
import { spans } from '../../support/trace-text.ts';

/** One partition of stubs, which may refuse to be written. */
class StubLog implements StubSink {
  readonly messages: Uint8Array[] = [];
  refusals = 0;
  #listener: LogListener | undefined;
  #position = 0;
  readonly source = {
    start: async (listener: LogListener) => {
      this.#listener = listener;
      await listener.assigned('stubs', 0);
    },
    seek: (_topic: string, _partition: number, offset: number) => (this.#position = offset),
    offsets: () => Promise.resolve({ first: 0, end: this.messages.length }),
    commit: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  } as unknown as LogSource;

  async write(messages: readonly StubMessage[]): Promise<void> {
    await Promise.resolve();
    if (this.refusals-- > 0) throw new Error('not now');
    this.messages.push(...messages.map(({ value }) => value));
  }

  async deliver(): Promise<void> {
    const values = this.messages.slice(this.#position);
    await this.#listener!.messages({
      topic: 'stubs',
      partition: 0,
      length: values.length,
      offsets: Float64Array.from(values, (_, at) => this.#position + at),
      timestampsMs: Float64Array.from(values, () => 4e12),
      values,
      nextOffset: this.messages.length,
      endOffset: this.messages.length,
    });
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const TRACE = spans(`
  web  client
  cart server < 1
  cart client < 2
  db   server < 3`);
const LOG: readonly PlainMessage[] = TRACE.map((span, at) => ({ recordMs: BASE_MS + at, spans: [span] }));

async function start(stubs: StubLog, sink: MemorySink) {
  const source = new PlainLog(LOG);
  const limits = { rowsPerTenantMax: 1000 };
  const rules = {
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    profile: 'weir',
    limits,
  } as const;
  const operators = [dependencies(rules), red({ dimensions: [], limits: SMALL }, 7)];
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const read = { slotMessages: 100, tenantOf: () => 'default', start: 'earliest' } as const;
  const rekeyedTo = { topic: 'stubs', partitions: 1 };
  const engine = await startEngine({
    jobs: [{ name: '', summary: '', operators, tables: [], views: [], counters: [] }],
    sources: [
      { source, topics: new Map([['t', { ...read, codec: plainCodec(LOG), rekeyedTo }]]), stubs },
      { source: stubs.source, topics: new Map([['stubs', { ...read, codec: 'stubs' }]]) },
    ],
    sink,
    observer: SILENT,
    rules: { ...SMALL, keys: keys.keys },
    writer: { keys },
    lookbackSpans: 100,
    flushMs: 1e9,
    rowsHeldMax: 1e6,
    fingerprint: 'f',
    newGeneration: false,
    failed: (error) => {
      throw error;
    },
  });
  return { engine, source };
}

/** A sink that remembers which rows of which topic it took. */
class WatchedSink extends MemorySink {
  readonly taken: string[] = [];

  override async writeRows(flushes: readonly PartitionFlush[]): Promise<void> {
    await super.writeRows(flushes);
    for (const { topic, hi, rows } of flushes)
      this.taken.push(
        ...rows.filter(({ name }) => name.endsWith('_v1')).map(({ name }) => `${topic} ${hi} ${name}`),
      );
  }
}

test('operators that join read the stubs, the others the spans', async () => {
  const sink = new WatchedSink();
  const stubs = new StubLog();
  const { engine, source } = await start(stubs, sink);
  await source.deliver(4);
  await engine.flush();
  await stubs.deliver();
  await engine.flush();
  expect(sink.taken).toEqual(['t 4 red_v1', 'stubs 1 dependencies_v1']);
  expect(engine.partitions()).toMatchObject([
    { topic: 't', watermarkMs: BASE_MS + 3 },
    // As old as its spans, not as the messages that carry them.
    { topic: 'stubs', watermarkMs: BASE_MS + 3 },
  ]);
  await engine.stop(1000);
});

test('nothing is claimed before its stubs are written, and they are not written again for the sake of rows', async () => {
  const sink = new MemorySink();
  const stubs = new StubLog();
  const { engine, source } = await start(stubs, sink);
  const progress = (): number[] => sink.progress.filter(({ topic }) => topic === 't').map(({ hi }) => hi);
  await source.deliver(3);
  stubs.refusals = 1;
  let refusals = 1;
  sink.refuse = (step) => {
    expect(stubs.messages).toHaveLength(1);
    if (step === 'rows' && refusals-- > 0) throw new Error('not now either');
  };
  await engine.flush();
  expect(progress()).toEqual([0, 3]);
  expect(stubs.messages).toHaveLength(1);
  await engine.stop(1000);

  sink.refuse = () => undefined;
  // A successor begins behind what was acknowledged.
  const next = await start(stubs, sink);
  await next.source.deliver(4);
  await next.engine.flush();
  expect(stubs.messages).toHaveLength(2);
  expect(stubs.messages[1]!.length).toBeLessThan(stubs.messages[0]!.length);
  await next.engine.stop(1000);
});
