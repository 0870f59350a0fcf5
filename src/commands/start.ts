/**
 * `weir start`: opens store, sources and API, runs the engine until SIGTERM or SIGINT, then drains. What is wrong with the
 * configuration or the world ends the command with an error that says so; what is read stays in the log until its rows are durable.
 */
import { tuneAllocator } from '../allocator.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { startEngine } from '../engine/engine.ts';
import type { Job } from '../engine/job.ts';
import { loadJobs } from '../engine/load-jobs.ts';
import { limitHeap } from '../heap-size.ts';
import { kernelProblem } from '../kernel/instance.ts';
import { neighbourhoodKernelProblem } from '../kernel/neighbourhood.ts';
import { createLogger, type Logger } from '../log.ts';
import { openReader } from '../sinks/clickhouse-reader.ts';
import { createSchema } from '../sinks/clickhouse-schema.ts';
import { openSink } from '../sinks/clickhouse.ts';
import { colorsFor, createTerminal, type Terminal } from '../terminal.ts';
import { version } from '../version.ts';
import { fingerprintFrom, foldingOf, openStore } from './assemble.ts';
import { EXIT, type ExitCode, storeError } from './failure.ts';
import type { StartFlags } from './flags.ts';
import { type OpenSource, openSources } from './open-sources.ts';
import { progressText, screenText } from './screen.ts';
import { openApi, openMetrics, reportPartitions } from './serve.ts';
import { Shutdown } from './shutdown.ts';
import { type Tally, watch } from './watch.ts';

const PROGRESS_MS = 1000;
const DRAIN_MS_MAX = 15_000;

export async function start(flags: StartFlags): Promise<ExitCode> {
  tuneAllocator();
  limitHeap();
  const { config, file, warnings, sayerOf } = await loadConfig({
    file: flags.config,
    environment: process.env,
    overrides: flags.demo === true ? [{ path: ['demo', 'enabled'], value: true, origin: '--demo' }] : [],
  });
  const terminal = createTerminal(process.stderr);
  const log = createLogger(config.log, terminal);
  for (const warning of warnings) log.warn(warning);
  if (kernelProblem !== undefined)
    log.warn(
      { error: kernelProblem },
      "the decode kernel cannot be loaded; OTLP and Jaeger's protobuf are read without it, more slowly",
    );
  if (neighbourhoodKernelProblem !== undefined)
    log.warn(
      { error: neighbourhoodKernelProblem },
      "the neighbourhood's kernel cannot be loaded; spans are put there without it, more slowly",
    );
  const shutdown = new Shutdown(log);
  try {
    const jobs = await loadJobs(config.jobs, config, (index) => sayerOf(['jobs', index]));
    const wanted = { config, jobs, file, isNewGeneration: flags.newGeneration === true };
    // Whoever asks to end while a part is still being opened need not wait for it.
    await Promise.race([shutdown.asked, run(wanted, { terminal, log, shutdown })]);
  } catch (error) {
    await shutdown
      .close()
      .catch((alsoFailed: unknown) => log.error({ error: alsoFailed }, 'closing failed too'));
    throw error;
  }
  await shutdown.close();
  return EXIT.ok;
}

interface Wanted {
  readonly config: Config;
  readonly jobs: readonly Job[];
  readonly file: string | undefined;
  readonly isNewGeneration: boolean;
}

interface Surroundings {
  readonly terminal: Terminal;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

async function run(
  { config, jobs, file, isNewGeneration }: Wanted,
  { terminal, log, shutdown }: Surroundings,
): Promise<void> {
  const { engine: limits, clickhouse } = config;
  const failed = (error: Error): void => shutdown.fail(error);
  let drainMsMax = DRAIN_MS_MAX;
  const store = await openStore(
    config,
    (error) => {
      // Nothing will answer any more.
      drainMsMax = 0;
      failed(error);
    },
    (error) => log.warn({ error }, 'the embedded ClickHouse is started again'),
  );
  shutdown.add('store', () => store.stop());
  await createSchema(store.options, { jobs, ttlDays: clickhouse.ttlDays }).catch((error: unknown) => {
    throw storeError(error, config);
  });
  const sink = openSink(
    store.options,
    jobs.flatMap(({ tables }) => tables),
  );
  const reader = openReader(store.options);
  shutdown.add('connections', () => Promise.all([sink.close(), reader.close()]));

  const { telemetry, counters } = openMetrics(config, jobs);
  const { observer, tally } = watch(telemetry, counters, log);
  const sources = await openSources(config, { jobs, log, reader });
  const engine = await startEngine({
    jobs,
    sources: sources.map(({ binding }) => binding),
    sink,
    observer,
    ...foldingOf(config, jobs),
    lookbackSpans: limits.lookbackSpans,
    flushMs: limits.flushMs,
    rowsHeldMax: limits.rowsHeldMax,
    fingerprint: fingerprintFrom(config),
    newGeneration: isNewGeneration,
    failed,
  });
  reportPartitions(telemetry, engine);

  const api = openApi(config, { jobs, reader, engine, metrics: [counters, telemetry], log });
  shutdown.add('API', () => api.close());
  shutdown.add('engine', () => drain(engine, sources, drainMsMax, log));
  const address = await api.listen();

  const screen = { version: version(), sources, store, address, config, file };
  process.stdout.write(`${screenText(screen, colorsFor(createTerminal(process.stdout)))}\n`);
  const progress = showProgress(terminal, tally, engine);
  shutdown.add('progress line', async () => {
    clearInterval(progress);
    terminal.status('');
  });
  await shutdown.asked;
}

/** What a store that is away leaves unwritten is lost only where it came from a source that cannot give it again. */
async function drain(
  engine: Engine,
  sources: readonly OpenSource[],
  drainMsMax: number,
  log: Logger,
): Promise<void> {
  const ephemeral = sources.filter(({ binding }) => binding.source.ephemeral === true);
  const isRead = (topic: string): boolean =>
    engine.partitions().some((partition) => partition.topic === topic && partition.hi > 0);
  const topics = ephemeral.flatMap(({ binding }) => [...binding.topics.keys()]);
  await engine.stop(drainMsMax).catch((error: unknown) => {
    if (topics.some(isRead)) throw error;
    log.warn({ error }, 'what was read and not written is read again at the next start');
  });
}

function showProgress(terminal: Terminal, tally: Readonly<Tally>, engine: Engine): NodeJS.Timeout {
  let spansBefore = 0;
  let beforeMs = performance.now();
  return setInterval(() => {
    const nowMs = performance.now();
    const spansPerSecond = ((tally.spans - spansBefore) / (nowMs - beforeMs)) * 1000;
    [spansBefore, beforeMs] = [tally.spans, nowMs];
    const lagMessages = engine.partitions().reduce((sum, partition) => sum + partition.lagMessages, 0);
    terminal.status(progressText(spansPerSecond, tally.spans, lagMessages));
  }, PROGRESS_MS);
}
