/**
 * Spans as lines of text, for tests:
 *
 *     service kind < parent #id key=value ...
 *
 * Ids count up from 1 where none is given. `x` in place of nothing marks an error; `@1000+250` starts 1000 us after the base and takes 250 us;
 * `t2` is a trace of its own; `=>1`, a link, is for those who read links.
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

function meaningOf(word: string, { attributes }: PlainSpan): Partial<PlainSpan> {
  if (word === 'x') return { status: 2 };
  const times = /^@(-?\d+)\+(\d+)$/.exec(word);
  if (times !== null) {
    const startNs = BigInt(BASE_MS) * 1_000_000n + BigInt(times[1]!) * 1000n;
    return { startNs, endNs: startNs + BigInt(times[2]!) * 1000n };
  }
  const number = /^([#t])(\d+)$/.exec(word);
  if (number !== null)
    return number[1] === '#' ? { spanId: Number(number[2]) } : { traceId: Number(number[2]) };
  const [key, ...value] = word.split('=');
  if (value.length === 0) throw new Error(`"${word}" means nothing`);
  return { attributes: { ...attributes, [key!]: value.join('=').replaceAll('_', ' ') } };
}

/** Spans of a text, one a line; empty lines are left out. */
export function spans(text: string): PlainSpan[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, at) => span(line, at + 1));
}
