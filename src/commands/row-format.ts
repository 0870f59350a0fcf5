/**
 * Rows of the public views as people and programs want them. `ndjson` takes ClickHouse's JSONCompactEachRowWithNamesAndTypes: whole
 * numbers are JSON numbers up to 2^53 - 1 and strings beyond, times are RFC 3339 in UTC.
 */
export const FORMATS = ['ndjson', 'arrow', 'table'] as const;
export type RowFormat = (typeof FORMATS)[number];

/** ClickHouse's name of what each format is made from. */
export const STORE_FORMATS: Readonly<Record<RowFormat, string>> = {
  ndjson: 'JSONCompactEachRowWithNamesAndTypes',
  arrow: 'ArrowStream',
  table: 'PrettyCompactMonoBlock',
};

/** The lines of a UTF-8 text, without their ends. Whoever stops asking ends the stream too, and learns of its errors. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let begun = '';
  for await (const chunk of chunks) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n');
    begun = lines.pop()!;
    yield* lines;
  }
  if (begun !== '') yield begun;
}

/** Makes lines `{"table":"red",...}` of the lines ClickHouse sent for one view. */
export async function* rowLines(view: string, lines: AsyncIterable<string>): AsyncIterable<string> {
  let names: readonly string[] | undefined;
  let readers: readonly Reader[] | undefined;
  for await (const line of lines) {
    const values = JSON.parse(line) as unknown[];
    if (names === undefined) names = values as string[];
    else if (readers === undefined) readers = (values as string[]).map(readerOf);
    else {
      const row: Record<string, unknown> = { table: view };
      for (const [at, name] of names.entries()) row[name] = readers[at]!(values[at]);
      yield JSON.stringify(row);
    }
  }
}

type Reader = (value: unknown) => unknown;

/** How a value of a ClickHouse type reads in JSON. 64-bit numbers come quoted. */
function readerOf(type: string): Reader {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return readerOf(inner);
  if (/^U?Int\d+$/.test(type)) return (value) => (typeof value === 'string' ? wholeNumber(value) : value);
  if (type.startsWith('DateTime'))
    return (value) => (typeof value === 'string' ? `${value.replace(' ', 'T')}Z` : value);
  return (value) => value;
}

function wholeNumber(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}
