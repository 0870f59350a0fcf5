/** Profile `jaeger` beside spark-dependencies: the cases of its own tests, those in which it differs from Weir, and random traces. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { edges, storedEdges } from '../../support/edge-text.ts';
import { joinedLog, withoutRepeats } from '../../support/joined-spans.ts';
import type { PlainSpan } from '../../support/plain-span.ts';
import { sparkEdges } from '../../support/spark-oracle.ts';
import { spans } from '../../support/trace-text.ts';

const JAEGER = { profile: 'jaeger' } as const;

/** The job knows no kinds of edges: `parent > child calls`. */
function links(given: readonly PlainSpan[]): string[] {
  const calls = new Map<string, number>();
  for (const edge of edges(given, JAEGER)) {
    const [, name, count] = /^(.* > .*) \w+ (\d+)$/.exec(edge)!;
    calls.set(name!, (calls.get(name!) ?? 0) + Number(count));
  }
  return [...calls].map(([name, count]) => `${name} ${count}`).sort();
}

test.each([
  // As the job's tests have them: spans that share an id.
  ['serverName server #1\nclientName client #1', ['clientName > serverName 1']],
  ['consumerName consumer #1\nproducerName producer #1', ['producerName > consumerName 1']],
  ['consumerName unspecified #1\nproducerName unspecified #1', []],
  // Where it differs from Weir.
  ['web client\nweb internal < 1\ncart server < 2', ['web > cart 1', 'web > web 1']],
  ['web server\ncart internal < 1', ['web > cart 1']],
  ['cart client db.name=carts', []],
  ['cart client peer.service=carts', []],
  ['web server\nweb client < 1 peer.service=bank', ['web > bank 1', 'web > web 1']],
  ['web server\nweb client < 1 peer.service=bank\nbank server < 2', ['web > bank 1', 'web > web 1']],
  ['web client\ncart server < 1\ncart server < 1', ['web > cart 2']],
  ['shop producer\nshop producer\nmail consumer < 1 ~2 ~1 ~2t7', ['shop > mail 3']],
  ['web client #1\ncart server #1\nredis server < 1 #3', ['cart > redis 1', 'web > cart 1']],
  ['gateway server\ncart server < 1 #5\nweb client < 1 #5', ['gateway > web 1', 'web > cart 1']],
])('%s', (text, expected) => {
  expect(links(spans(text))).toEqual(expected);
});

test('what a later span shows otherwise is taken back', () => {
  expect(storedEdges(spans('gateway server\ncart server < 1 #5\nweb client < 1 #5'), JAEGER)).toEqual([
    '+ gateway > cart direct 1',
    '+ gateway > web direct 1',
    '+ web > cart direct 1',
    '- gateway > cart direct 1',
  ]);
  expect(
    storedEdges(spans('web server\nweb client < 1 peer.service=bank\npay server < 2'), JAEGER),
  ).toContain('- web > bank external 1');
});

test('a repeat shares its id with nobody', () => {
  expect(links(spans('web server #1\nweb server #1\ncart server < 1\ncart server < 1'))).toEqual([
    'web > cart 2',
  ]);
});

test('counts what the job counts of any trace: law', () => {
  fc.assert(
    fc.property(joinedLog, (log) => {
      const whole = withoutRepeats(log.flatMap((message) => message.spans ?? []));
      expect(links(whole)).toEqual(sparkEdges(whole));
    }),
    { numRuns: 600 },
  );
});
