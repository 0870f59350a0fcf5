/**
 * Spans as lines of text, for tests and for the examples of docs/DEPENDENCIES.md:
 *
 *     service kind < parent ~link #id t2 x @1000+250 key=value ...
 *
 * A span's id is the number of its line, unless `#` gives another. `t2` puts it into trace 2, `x` makes it fail, `@1000+250` has it start 1000 us
 * after the others and take 250 us; else it takes 1000 us. `~3` links to span 3 of the same trace, `~3t1` to that of trace 1. Fields after the kind
 * come in any order.
 */
import { BASE_MS, type PlainSpan } from './plain-span.ts';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** One span. Its id is `id` unless the text says another. */
export function span(text: string, id = 1): PlainSpan {
  const [service, kind, ...words] = text.trim().split(/\s+/);
  let made: PlainSpan = {
    traceId: 1,
    spanId: id,
    parentId: 0,
    service: service!,
    operation: `op ${text}`,
    kind: KINDS.indexOf(kind!),
    status: 0,
    startNs: BigInt(BASE_MS) * 1_000_000n,
    endNs: BigInt(BASE_MS) * 1_000_000n + 1_000_000n,
    weight: 2 ** 20,
    attributes: {},
  };
  if (made.kind < 0) throw new Error(`no kind in "${text}"`);
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '<') made = { ...made, parentId: Number(words[++at]) };
    else made = { ...made, ...meaningOf(word, made) };
  }
  return made;
}

function meaningOf(word: string, { attributes, links = [], traceId }: PlainSpan): Partial<PlainSpan> {
  if (word === 'x') return { status: 2 };
  const times = /^@(-?\d+)\+(\d+)$/.exec(word);
  if (times !== null) {
    const startNs = BigInt(BASE_MS) * 1_000_000n + BigInt(times[1]!) * 1000n;
    return { startNs, endNs: startNs + BigInt(times[2]!) * 1000n };
  }
  const link = /^~(\d+)(?:t(\d+))?$/.exec(word);
  if (link !== null)
    return { links: [...links, { traceId: Number(link[2] ?? traceId), spanId: Number(link[1]) }] };
  const number = /^([#t])(\d+)$/.exec(word);
  if (number !== null)
    return number[1] === '#' ? { spanId: Number(number[2]) } : { traceId: Number(number[2]) };
  const [key, ...value] = word.split('=');
  if (value.length === 0) throw new Error(`"${word}" means nothing`);
  return { attributes: { ...attributes, [key!]: value.join('=') } };
}

/** Spans of a text, one a line; empty lines are left out. */
export function spans(text: string): PlainSpan[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, at) => span(line, at + 1));
}
