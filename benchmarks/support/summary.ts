/** Lines of benchmarks as rows of a table: one for each thing measured, however often it was. */

export type Result = Readonly<Record<string, string | number>>;

export interface Summary {
  readonly cells: readonly string[];
  /** The median of every figure. */
  readonly median: Result;
}

/** What, and not how much: lines that agree in these measured the same thing. */
const NAMES = ['benchmark', 'encoding', 'stage', 'corpus', 'axis', 'at', 'spans_held'];

export function summaryOf(results: readonly Result[]): readonly Summary[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = JSON.stringify(NAMES.map((name) => result[name]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()].map(summarize);
}

function summarize(group: readonly Result[]): Summary {
  const median: Record<string, string | number> = {};
  const shown: string[] = [];
  for (const key of Object.keys(group[0]!)) {
    const { value, text } = figureOf(group.flatMap((result) => result[key] ?? []));
    median[key] = value;
    if (!['benchmark', 'encoding', 'stage', 'corpus', 'checksum'].includes(key)) shown.push(`${key} ${text}`);
  }
  const { benchmark, encoding, stage, corpus, checksum = '' } = median;
  const name = [benchmark, encoding, stage, corpus].filter(Boolean).join(' ');
  return { cells: [name, shown.join(', '), String(checksum)], median };
}

function figureOf(values: readonly (string | number)[]): { value: string | number; text: string } {
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  const value = numbers.length === values.length ? numbers[numbers.length >> 1]! : values[0]!;
  const [lowest, highest] = [numbers[0], numbers.at(-1)];
  const isSpread = numbers.length === values.length && lowest !== highest;
  return { value, text: isSpread ? `${value} (${lowest!} to ${highest!})` : String(value) };
}
