/** Profile `otel` beside the connector: the cases of the connector's own tests, those in which it differs from Weir, and random traces. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectorEdges } from '../../support/connector-oracle.ts';
import { edges, storedEdges } from '../../support/edge-text.ts';
import { joinedLog, withoutRepeats } from '../../support/joined-spans.ts';
import { spans } from '../../support/trace-text.ts';

const OTEL = { profile: 'otel' } as const;

test.each([
  // As the connector's tests have them.
  ['some client\nsome server < 1', ['some > some direct 1']],
  ['some client peer.service=AuthTokenCache', ['some > AuthTokenCache external 1']],
  ['some server', ['user > some external 1']],
  ['some server < 9', []],
  [
    'foo client t1\nbar server < 1 t1\nfoo client t2\nbar server < 3 t2\nfoo client t3 x\nbar server < 5 t3',
    ['foo > bar direct 3'],
  ],
  // Where it differs from Weir.
  ['web client\nweb internal < 1\ncart server < 2', ['web > unknown external 1']],
  ['web client\ncart server < 1\ncart server < 1', ['web > cart direct 1']],
  ['web server\ncart server < 1', ['user > web external 1']],
  ['cart client db.name=carts\npostgres server < 1', ['cart > carts database 1']],
  ['cart client db.system=redis', ['cart > redis external 1']],
  ['shop producer\nmail consumer < 1', ['shop > mail messaging 1']],
  ['shop producer\nmail server < 1', ['shop > mail direct 1']],
  ['shop producer\nmail consumer t2 ~1t1', ['shop > unknown external 1', 'user > mail external 1']],
  ['web client #1\ncart server #1', ['user > cart external 1', 'web > unknown external 1']],
  ['missing-service-name client\ncart server < 1', []],
])('%s', (text, expected) => {
  expect(edges(spans(text), OTEL)).toEqual(expected);
});

describe('an open edge', () => {
  test('goes to the last of several servers, and fails with any', () => {
    const retried = spans('cart server < 3 x\npay server < 3\nweb client');
    expect(edges(retried, OTEL, ['errors'])).toEqual(['web > pay direct 1 errors=1']);
  });

  test('is taken back when it is completed', () => {
    expect(storedEdges(spans('web client\ncart server < 1'), OTEL)).toEqual([
      '+ web > cart direct 1',
      '+ web > unknown external 1',
      '- web > unknown external 1',
    ]);
    expect(storedEdges(spans('cart server < 2\nweb client'), OTEL)).toEqual(['+ web > cart direct 1']);
  });
});

test('a repeat opens and completes nothing', () => {
  const repeated = spans('web client #1\ncart server < 1 #7\ncart server < 1 #7\npay client #1');
  expect(edges(repeated, OTEL)).toEqual(['pay > unknown external 1', 'web > cart direct 1']);
});

test('counts what the connector counts of any trace: law', () => {
  fc.assert(
    fc.property(joinedLog, (log) => {
      const whole = withoutRepeats(log.flatMap((message) => message.spans ?? []));
      expect(edges(whole, OTEL, ['errors'])).toEqual(connectorEdges(whole));
    }),
    { numRuns: 600 },
  );
});
