/** Measures operators over a corpus, on one partition or several, in rounds of reading for a while and then taking the rows. */
import type { Operator } from '../../operators/operator.ts';
import type { Rows } from '../../operators/rows.ts';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { cpuUsSince, openBenchPartition } from './bench-partition.ts';
import type { Corpus } from './corpus.ts';

export interface RoundsOptions {
  readonly corpus: Corpus;
  /** RED among them: its calls are the checksum. */
  readonly operators: readonly Operator[];
  readonly seconds: number;
  readonly spansHeld?: number;
  /** Read in turns, each the whole corpus, on one thread. */
  readonly partitions?: number;
}

export interface Rounds {
  readonly spansPerS: number;
  readonly bestSpansPerS: number;
  readonly rows: number;
  /** Spans that RED counted, over the passes. */
  readonly checksum: number;
}

export function measureRounds(options: RoundsOptions): Rounds {
  const { corpus, operators, seconds, spansHeld = 500_000, partitions = 1 } = options;
  const roundUs = Math.min(1, seconds / 3) * 1e6;
  const opened = Array.from({ length: partitions }, () => openBenchPartition(corpus, operators, spansHeld));
  // By partition, of its newest rows: one that read nothing gives none.
  const calls = opened.map(() => 0);
  const rows = opened.map(() => 0);
  let [passes, turn] = [0, 0];
  const passNext = (): void => {
    opened[turn]!.pass();
    turn = (turn + 1) % partitions;
    passes++;
  };
  const flush = (): void => {
    for (const [at, { partition }] of opened.entries()) {
      const taken = partition.flush().rows.filter(isRed);
      if (taken.length === 0) continue;
      calls[at] = taken.reduce((sum, table) => sum + callsOf(table), 0);
      rows[at] = taken.reduce((sum, table) => sum + lengthOf(table), 0);
    }
  };
  // Every partition is opened and its neighbourhood full before anything counts.
  while (passes < partitions || (passes / partitions) * corpus.spans < spansHeld) passNext();
  flush();
  const rates: number[] = [];
  for (const stop = performance.now() + seconds * 1000; rates.length === 0 || performance.now() < stop;) {
    const from = passes;
    const before = process.cpuUsage();
    while (cpuUsSince(before) < roundUs) passNext();
    flush();
    rates.push(Math.round(((passes - from) * corpus.spans * 1e6) / cpuUsSince(before)));
  }
  rates.sort((a, b) => a - b);
  const checksum = total(calls) / passes;
  if (checksum !== corpus.spans) throw new Error(`BUG: ${checksum} calls counted of ${corpus.spans} spans`);
  return {
    spansPerS: rates[rates.length >> 1]!,
    bestSpansPerS: rates.at(-1)!,
    rows: total(rows),
    checksum,
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function isRed({ name }: Rows): boolean {
  return name === 'red_v1';
}

function callsOf(rows: Rows): number {
  return (rows.columns['calls_units'] as Float64Array).reduce((sum, units) => sum + units, 0) / WEIGHT_ONE;
}

function lengthOf({ columns }: Rows): number {
  return (columns['calls_units'] as Float64Array).length;
}
