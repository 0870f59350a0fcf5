/**
 * Spans per CPU-second from OTLP bytes to RED rows on one core, as `fold` measures it, for the batches that different senders make of the same
 * traffic. Higher is better.
 *
 *     node dist/benchmarks/corpora.js [spans] [seconds] [corpus...]
 *
 * Prints for each corpus one line for people on stderr and one line of JSON on stdout, with its shape. The checksum is the calls of all rows,
 * over the passes, so no work can be left out.
 */
import { red } from '../operators/red.ts';
import { measureRounds } from './support/bench-rounds.ts';
import { CORPORA, makeNamedCorpus, shapeOf } from './support/corpora.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const asked = process.argv.slice(4);

for (const name of asked.length > 0 ? asked : Object.keys(CORPORA)) {
  const corpus = makeNamedCorpus(name, spans);
  const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 200_000 };
  const operators = [red({ dimensions: [], limits }, 1)];
  const { spansPerS, bestSpansPerS, checksum } = measureRounds({
    corpus,
    operators,
    seconds,
    spansHeld: seconds < 1 ? 10_000 : 500_000,
  });
  const shape = shapeOf(corpus);
  process.stderr.write(
    `decode + RED, ${name}: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${shape.resources_per_message} ResourceSpans and ${shape.spans_per_message} spans a message\n`,
  );
  const figures = { spans_per_s: spansPerS, best_spans_per_s: bestSpansPerS, spans: corpus.spans };
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'corpora', corpus: name, ...figures, ...shape, checksum })}\n`,
  );
}
