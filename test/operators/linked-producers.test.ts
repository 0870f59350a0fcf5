import { expect, test } from 'vitest';
import { LinkedProducers } from '../../operators/linked-producers.ts';
import { heldSpans } from '../support/held-spans.ts';

/** Links read, and what each span completes, as lines of the text: `owner<producer`. */
function linked(text: string): { readonly read: number; readonly found: string[][] } {
  const found: string[][] = [];
  let read = 0;
  heldSpans(text, (neighbourhood) => {
    const links = new LinkedProducers(neighbourhood);
    return (newest, batch, row) => {
      const pairs: string[] = [];
      links.settle(newest, batch, row, {
        read: () => {
          read++;
        },
        found: (_link, owner, producer) => void pairs.push(`${owner + 1}<${producer + 1}`),
      });
      found.push(pairs);
    };
  });
  return { read, found };
}

test('a link leads to a producer read before, or to one that comes', () => {
  expect(linked('shop producer\nmail consumer t2 ~1t1')).toEqual({ read: 1, found: [[], ['2<1']] });
  expect(linked('mail consumer t2 ~3t1\naudit consumer t3 ~3t1\nshop client')).toEqual({
    read: 2,
    found: [[], [], ['1<3', '2<3']],
  });
});

test('of spans that share an id, the first that sends is the producer', () => {
  expect(linked('shop server #1\nshop producer #1\ndesk producer #1\nmail consumer ~1')).toEqual({
    read: 1,
    found: [[], [], [], ['4<2']],
  });
  expect(linked('mail consumer ~9\nshop producer #9\ndesk producer #9')).toEqual({
    read: 1,
    found: [[], ['1<2'], []],
  });
});

test('a link is read once however often it is given, and of CONSUMER spans alone', () => {
  expect(linked('mail consumer ~9 ~9 ~8 ~9').read).toBe(2);
  expect(linked('mail server ~9').read).toBe(0);
});
