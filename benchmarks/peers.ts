/**
 * Spans per CPU-second of the OpenTelemetry Collector on one core, on the corpus that `fold` and `joins` read: decode alone, and decode
 * with the contrib span metrics connector. Higher is better, for the Collector.
 *
 *     node dist/benchmarks/peers.js [spans] [seconds]
 *
 * Where Go is installed, the driver in `benchmarks/peers/` is built from the published modules and kept in `.cache/peers/`. What cannot
 * be run is printed as `recorded`, with the reason: figures measured before on another machine and another corpus, so that
 * a ratio to them is only a hint.
 *
 * Prints one line for people on stderr and one line of JSON on stdout for each stage. The checksum is the spans decoded, or the calls
 * counted by the connector, so no work can be left out.
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
const NO_SERVICEGRAPH = 'the servicegraph connector is not in the driver: its module could not be had';

const driver = openDriver({ mayBuild: !isSmall });
const measured = 'path' in driver ? measure(driver.path) : [];
const why = 'path' in driver ? NO_SERVICEGRAPH : driver.why;
for (const [stage, spansPerS] of Object.entries(RECORDED)) {
  const result = measured.find((one) => one.stage === stage);
  const mark = result === undefined ? `, recorded: ${why}` : '';
  process.stderr.write(
    `${stage}: ${((result?.spans_per_s ?? spansPerS) / 1e6).toFixed(2)} M spans/s${mark}\n`,
  );
  const line = result ?? { stage, spans_per_s: spansPerS, source: `recorded (${RECORDED_FROM})`, why };
  process.stdout.write(`${JSON.stringify({ benchmark: 'peers', ...line })}\n`);
}

function measure(path: string): readonly PeerResult[] {
  const corpus = makeCorpus({ spans });
  const results = runDriver(path, corpus, seconds);
  for (const { stage, checksum } of results)
    if (checksum !== corpus.spans)
      throw new Error(`${stage}: ${checksum} of ${corpus.spans} spans a pass were counted`);
  return results;
}
