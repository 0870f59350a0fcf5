import { expect, it } from 'vitest';
import { LINK_WORDS, LINKS_PER_SPAN_MAX, LinkColumns } from '../../../src/spans/span-links.ts';

function add(links: LinkColumns, row: number, traceId: number, spanId: number): void {
  links.next.fill(0);
  links.next[3] = traceId;
  links.next[5] = spanId;
  links.add(row);
}

function told({ length, from, ids }: LinkColumns): number[][] {
  return Array.from({ length }, (_, at) => [from[at]!, ids[at * LINK_WORDS + 3]!, ids[at * LINK_WORDS + 5]!]);
}

it('keeps links in their order, however many there are', () => {
  const links = new LinkColumns(true);
  const given = Array.from({ length: 1000 }, (_, row) => [row, row + 1, row + 2]);
  for (const [row, traceId, spanId] of given) add(links, row!, traceId!, spanId!);
  expect(told(links)).toEqual(given);
});

it('takes back those of the last rows', () => {
  const links = new LinkColumns(true);
  for (const row of [0, 0, 2, 3]) add(links, row, 1, 1);
  links.truncate(2);
  expect(told(links)).toEqual([
    [0, 1, 1],
    [0, 1, 1],
  ]);
  links.truncate(0);
  expect(links.length).toBe(0);
});

it('leaves out what has no ids, and what is beyond the limit of a span', () => {
  const links = new LinkColumns(true);
  add(links, 0, 0, 1);
  add(links, 0, 1, 0);
  expect(links.length).toBe(0);
  for (let at = 0; at <= LINKS_PER_SPAN_MAX; at++) add(links, 0, 1, at + 1);
  expect(links.length).toBe(LINKS_PER_SPAN_MAX);
  add(links, 1, 1, 1);
  expect(told(links).at(-1)).toEqual([1, 1, 1]);
  links.truncate(0);
  for (let at = 0; at <= LINKS_PER_SPAN_MAX; at++) add(links, 0, 1, at + 1);
  expect(links.length).toBe(LINKS_PER_SPAN_MAX);
});
