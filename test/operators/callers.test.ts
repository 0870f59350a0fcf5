import { expect, test } from 'vitest';
import { Callers } from '../../operators/callers.ts';
import { heldSpans } from '../support/held-spans.ts';

/** The pairs each span completes, as lines of the text: `child<caller`. */
function completed(text: string): string[][] {
  const found: string[][] = [];
  heldSpans(text, (neighbourhood) => {
    const callers = new Callers(neighbourhood);
    return (newest) => {
      const pairs: string[] = [];
      callers.complete(newest, { connect: (callee, caller) => pairs.push(`${callee + 1}<${caller + 1}`) });
      found.push(pairs);
    };
  });
  return found;
}

test('a span completes the way to its caller, and the ways of those below it', () => {
  expect(completed('web client\ncart server < 1')).toEqual([[], ['2<1']]);
  expect(completed('cart server < 3\npay server < 3\nweb client')).toEqual([[], [], ['1<3', '2<3']]);
  expect(completed('cart server < 2\nweb client < 3\nedge server')).toEqual([[], ['1<2'], ['2<3']]);
});

test('INTERNAL spans are bridged, whenever they come', () => {
  expect(completed('web client\nweb internal < 1\ncart server < 2')).toEqual([[], [], ['3<1']]);
  expect(completed('web client\ncart server < 3\nweb internal < 1')).toEqual([[], [], ['2<1']]);
  expect(completed('cart server < 2\nweb internal < 3\nweb client')).toEqual([[], [], ['1<3']]);
});

test('no way leads in a circle', () => {
  expect(completed('web internal < 2\nweb internal < 1\ncart server < 1')).toEqual([[], [], []]);
});
