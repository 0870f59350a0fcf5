/**
 * A strict reader of the Prometheus text format: text goes in, samples come out, and whatever a careful scraper might refuse throws. It
 * insists on one HELP and one TYPE per family, before its samples; families in one piece; no sample twice; well-formed UTF-8; histograms
 * whose buckets rise to a `+Inf` that equals their count.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The value as printed. */
  readonly text: string;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** Type by family. */
  readonly types: ReadonlyMap<string, string>;
}

export function parseExposition(text: string): Exposition {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  if (/\p{Surrogate}/u.test(text)) throw new Error('text has a lone surrogate');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    if (line === '') continue;
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (head !== null) {
      const [, keyword, family, rest] = head as unknown as [string, string, string, string];
      if (keyword === 'HELP') once(helps, family, 'HELP');
      if (keyword === 'TYPE') {
        if (types.has(family)) throw new Error(`TYPE of ${family} twice`);
        types.set(family, rest);
      }
      current = family;
      continue;
    }
    const sample = parseSample(line);
    if (familyOf(sample.name, types) !== current) throw new Error(`not in its family ${current}: ${line}`);
    if (!types.has(current) || !helps.has(current)) throw new Error(`before HELP and TYPE: ${line}`);
    once(seen, sampleKey(sample), 'sample');
    samples.push(sample);
  }
  checkHistograms(samples, types);
  return { samples, types };
}

/** Name and labels, independent of the labels' order. */
export function sampleKey({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** Samples of a name whose labels include the given ones. */
export function samplesOf(
  { samples }: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
}

/** The value of the one sample there is. */
export function valueOf(
  exposition: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const [sample, ...others] = samplesOf(exposition, name, labels);
  if (sample === undefined || others.length > 0)
    throw new Error(`${others.length + (sample ? 1 : 0)} samples of ${name} ${JSON.stringify(labels)}`);
  return sample.value;
}

function once(seen: Set<string>, key: string, what: string): void {
  if (seen.has(key)) throw new Error(`${what} ${key} twice`);
  seen.add(key);
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const family = name.replace(/_(bucket|sum|count)$/, '');
  const type = types.get(family);
  return family !== name && (type === 'histogram' || type === 'summary') ? family : name;
}

function parseSample(line: string): Sample {
  const start = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{?)/.exec(line);
  if (start === null) throw new Error(`no metric name: ${line}`);
  const name = start[1]!;
  const labels: Record<string, string> = {};
  let at = start[0].length;
  if (start[2] === '{') {
    const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,(?!\})|(?=\}))/y;
    while (line[at] !== '}') {
      pair.lastIndex = at;
      const found = pair.exec(line);
      if (found === null) throw new Error(`bad label at ${at}: ${line}`);
      const label = found[1]!;
      if (Object.hasOwn(labels, label)) throw new Error(`label ${label} twice: ${line}`);
      labels[label] = found[2]!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
      at = pair.lastIndex;
    }
    at++;
  }
  const text = /^ (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/.exec(line.slice(at))?.[1];
  if (text === undefined) throw new Error(`bad value: ${line}`);
  return { name, labels, value: Number(text.replace('Inf', 'Infinity')), text };
}

function checkHistograms(samples: readonly Sample[], types: ReadonlyMap<string, string>): void {
  for (const [family, type] of types) {
    if (type !== 'histogram') continue;
    const counts = new Map<string, string>();
    const last = new Map<string, { readonly le: number; readonly value: number; readonly text: string }>();
    for (const { name, labels, value, text } of samples) {
      const { le, ...own } = labels;
      const key = sampleKey({ name: family, labels: own });
      if (name === `${family}_count`) counts.set(key, text);
      if (name !== `${family}_bucket`) continue;
      const bound = Number((le ?? 'none').replace('Inf', 'Infinity'));
      const before = last.get(key);
      if (!(bound > (before?.le ?? -Infinity))) throw new Error(`${key}: bound ${le} does not rise`);
      if (value < (before?.value ?? 0)) throw new Error(`${key}: bucket ${le} falls`);
      last.set(key, { le: bound, value, text });
    }
    if (counts.size !== last.size)
      throw new Error(`${family}: ${counts.size} counts, ${last.size} histograms`);
    for (const [key, { le, text }] of last)
      if (le !== Infinity || counts.get(key) !== text) throw new Error(`${key}: +Inf is not its count`);
  }
}
