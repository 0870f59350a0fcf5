/**
 * What a thread of its own for decoding and folding would cost and free: CPU-nanoseconds a span of decode + RED where the messages arrive, and where each
 * run of them is copied into a buffer of its own and transferred to a worker that folds it. Lower is better.
 *
 *     node dist/benchmarks/hand-over.js [spans] [seconds]
 *
 * CPU is that of all threads; `hand_over_ns` is what the thread that reads still does for a span. The two ways take turns. Prints one line for people on
 * stderr and one line of JSON on stdout. The checksum is the spans folded a pass, so no work can be left out.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { red } from '../operators/red.ts';
import { type BenchPartition, cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { type Corpus, makeCorpus } from './support/corpus.ts';

/** Messages handed over, one after the other. */
interface Run {
  readonly buffer: ArrayBuffer;
  readonly lengths: readonly number[];
  readonly pass: number;
}

const HELD = 500_000;
/** As the log's readers cut them. */
const RUN_BYTES = 4 * 2 ** 20;
/** Runs on their way. */
const UNDER_WAY_MAX = 2;

if (isMainThread) await measure();
else serve();

async function measure(): Promise<void> {
  const spans = Number(process.argv[2] ?? 250_000);
  const seconds = Number(process.argv[3] ?? 3);
  const corpus = makeCorpus({ spans });
  const here = openFold(corpus);
  const worker = new Worker(new URL(import.meta.url), { argv: [] });
  const runs = runsOf(corpus);
  const hereNs: number[] = [];
  const thereNs: number[] = [];
  const handOverNs: number[] = [];
  let checksum = 0;
  for (const stop = performance.now() + seconds * 1000; hereNs.length < 2 || performance.now() < stop;) {
    const before = process.cpuUsage();
    here.pass();
    hereNs.push((cpuUsSince(before) * 1000) / spans);
    const between = process.cpuUsage();
    const handed = await handOver(worker, runs, thereNs.length);
    thereNs.push((cpuUsSince(between) * 1000) / spans);
    handOverNs.push((handed.ms * 1e6) / spans);
    checksum = handed.spans;
  }
  await worker.terminate();
  if (checksum !== spans) throw new Error(`BUG: ${checksum} spans folded of ${spans}`);
  const [one, two, handed] = [hereNs, thereNs, handOverNs].map(median);
  process.stderr.write(
    `decode + RED: ${one} ns a span in one thread, ${two} in two, of which the one that reads takes ${handed}\n`,
  );
  const result = {
    benchmark: 'hand-over',
    one_thread_ns: one,
    two_threads_ns: two,
    hand_over_ns: handed,
    spans,
    checksum,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Hands all runs over; the time that took here, and the spans that were folded there. */
async function handOver(
  worker: Worker,
  runs: readonly (readonly Uint8Array[])[],
  pass: number,
): Promise<{ readonly ms: number; readonly spans: number }> {
  let ms = 0;
  let spans = 0;
  let underWay = 0;
  const folded = async (): Promise<void> => {
    const [count] = (await once(worker, 'message')) as [number];
    spans += count;
    underWay--;
  };
  for (const run of runs) {
    if (underWay === UNDER_WAY_MAX) await folded();
    const start = performance.now();
    const copied = copyOf(run, pass);
    worker.postMessage(copied, [copied.buffer]);
    ms += performance.now() - start;
    underWay++;
  }
  while (underWay > 0) await folded();
  return { ms, spans };
}

function copyOf(messages: readonly Uint8Array[], pass: number): Run {
  const lengths = messages.map(({ length }) => length);
  const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const message of messages) {
    all.set(message, at);
    at += message.length;
  }
  return { buffer: all.buffer, lengths, pass };
}

function runsOf({ messages }: Corpus): readonly (readonly Uint8Array[])[] {
  const runs: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    runs.at(-1)!.push(message);
    bytes += message.length;
    if (bytes < RUN_BYTES) continue;
    runs.push([]);
    bytes = 0;
  }
  return runs.filter((run) => run.length > 0);
}

/** The worker: folds each run, and says how many spans it had. */
function serve(): void {
  const { partition, read } = openFold({ messages: [] });
  parentPort!.on('message', ({ buffer, lengths, pass }: Run) => {
    let end = 0;
    const messages = lengths.map((length) => new Uint8Array(buffer, (end += length) - length, length));
    const before = partition.tally.spans;
    read(messages, pass);
    parentPort!.postMessage(partition.tally.spans - before);
  });
}

function openFold(corpus: Pick<Corpus, 'messages'>): BenchPartition {
  const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 200_000 };
  return openBenchPartition(corpus, [red({ dimensions: [], limits }, 1)], HELD);
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[values.length >> 1]!);
}
