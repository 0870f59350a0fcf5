/**
 * Spans per CPU-second of the OpenTelemetry Collector on one core, on the corpus that `fold`, `joins` and `all-jobs` read: decode alone, decode
 * with the contrib span metrics connector, and with the contrib service graph connector too. Higher is better, for the Collector.
 *
 *     node dist/benchmarks/peers.js [spans] [seconds]
 *
 * Where Go is installed, the driver in `benchmarks/peers/` is built from the published modules and kept in `.cache/peers/`. Where it
 * cannot be built, or at small sizes, each stage is printed as `recorded`, with the reason: figures measured before on another machine and
 * another corpus, so that a ratio to them is only a hint.
 *
 * Prints one line for people on stderr and one line of JSON on stdout for each stage. The checksum is the spans decoded, the calls counted
 * by the span metrics connector, or the requests between services counted by the service graph connector, so no work can be left out; the driver fails
 * where a connector counted anything but what the corpus has.
 */
import { makeCorpus } from './support/corpus.ts';
import { openDriver, type PeerResult, runDriver } from './support/peers-driver.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const isSmall = seconds < 1;

/** 2 processors of an AMD EPYC virtual machine, Go 1.23.5, contrib v0.116, 1,000 spans a message of 411 bytes, the best of four rounds. */
const RECORDED = {
  decode: 1_210_000,
  'decode + spanmetrics': 580_000,
  'decode + spanmetrics + servicegraph': 370_000,
} as const;
const RECORDED_FROM = 'contrib v0.116, Go 1.23.5, 411-byte spans, AMD EPYC';

type Line = Pick<PeerResult, 'stage' | 'spans_per_s'> & Readonly<Record<string, string | number>>;

const driver = openDriver({ mayBuild: !isSmall });
const mark = 'why' in driver ? `, recorded: ${driver.why}` : '';
for (const line of 'path' in driver ? measure(driver.path) : recorded(driver.why)) {
  process.stderr.write(`${line.stage}: ${(line.spans_per_s / 1e6).toFixed(2)} M spans/s${mark}\n`);
  process.stdout.write(`${JSON.stringify({ benchmark: 'peers', ...line })}\n`);
}

function recorded(why: string): readonly Line[] {
  return Object.entries(RECORDED).map(([stage, spansPerS]) => ({
    stage,
    spans_per_s: spansPerS,
    source: `recorded (${RECORDED_FROM})`,
    why,
  }));
}

function measure(path: string): readonly PeerResult[] {
  const corpus = makeCorpus({ spans });
  const results = runDriver(path, corpus, seconds);
  const stages = results.map(({ stage }) => stage);
  if (stages.join() !== Object.keys(RECORDED).join()) throw new Error(`the driver ran ${stages.join()}`);
  for (const { stage, spans: read } of results)
    if (read !== corpus.spans) throw new Error(`${stage}: ${read} of ${corpus.spans} spans a pass were read`);
  return results;
}
