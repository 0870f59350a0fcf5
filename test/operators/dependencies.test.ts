/** The rules one by one: the examples of docs/DEPENDENCIES.md in every order of arrival, then what only shows in the stored rows or in one order. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OBSERVATION_ROWS } from '../../operators/observations.ts';
import { type EdgeOptions, edges, rowsOf, storedEdges, takenFrom } from '../support/edge-text.ts';
import type { PlainSpan } from '../support/plain-span.ts';
import { span, spans } from '../support/trace-text.ts';

interface Example {
  readonly spans: string;
  readonly rows: readonly string[];
  readonly options: EdgeOptions;
}

const OPTIONS: Readonly<Record<string, EdgeOptions>> = {
  selfEdges: { hasSelfEdges: true },
  brokers: { hasBrokers: true },
  unknownCallers: { hasUnknownCallers: true },
  otel: { profile: 'otel' },
  jaeger: { profile: 'jaeger' },
};

function examples(): Example[] {
  const page = readFileSync(new URL('../../docs/DEPENDENCIES.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^```spans ?(\w*)\n(.*?)^=>\n(.*?)^```$/gms)].map(([, option, above, below]) => ({
    spans: above!,
    rows: below!.split('\n').filter((line) => line !== ''),
    options: option === '' ? {} : OPTIONS[option!]!,
  }));
}

/** The rows in the words of the example: each with the columns its line names. */
function inWordsOf(rows: readonly string[], given: ReturnType<typeof spans>, options: EdgeOptions): string[] {
  return edges(given, options).map((edge) => {
    const line = rows.find((row) => row === edge || row.startsWith(`${edge} `));
    if (line === undefined) return edge;
    const columns = line.match(/\w+(?==)/g) ?? [];
    return edges(given, options, columns).find((row) => row.startsWith(edge))!;
  });
}

describe('the page of rules', () => {
  const all = examples();

  test('has an example for each', () => {
    expect(all.length).toBeGreaterThan(20);
  });

  test.each(all)('holds in every order: $spans', ({ spans: text, rows, options }) => {
    const given = spans(text);
    expect(inWordsOf(rows, given, options)).toEqual(rows);
    fc.assert(
      fc.property(fc.shuffledSubarray(given, { minLength: given.length }), (order) => {
        expect(inWordsOf(rows, order, options)).toEqual(rows);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what was said is taken back in a row of its own', () => {
  test('where a shared id’s client half comes late', () => {
    const late = spans('gateway server\ncart server < 1 #5\nweb client < 1 #5');
    expect(storedEdges(late)).toEqual([
      '+ gateway > cart direct 1',
      '+ gateway > web direct 1',
      '+ web > cart direct 1',
      '- gateway > cart direct 1',
    ]);
    const early = spans('gateway server\nweb client < 1 #5\ncart server < 1 #5');
    expect(storedEdges(early)).toEqual(['+ gateway > web direct 1', '+ web > cart direct 1']);
  });

  test('where a named peer answers', () => {
    expect(storedEdges(spans('web client peer.service=cart\ncart server < 1'))).toEqual([
      '+ web > cart direct 1',
      '+ web > cart external 1',
      '- web > cart external 1',
    ]);
  });

  test('once, however many answer', () => {
    const answered = 'web client peer.service=lb\ncart server < 1\ncart server < 1\npay server < 1';
    expect(storedEdges(spans(answered))).toContain('- web > lb external 1');
    expect(edges(spans(answered))).toEqual(['web > cart direct 2', 'web > pay direct 1']);
  });

  test('where an unknown caller turns out to be known', () => {
    const shared = spans('cart server #1\nweb client #1');
    expect(storedEdges(shared, { hasUnknownCallers: true })).toEqual([
      '+ user > cart external 1',
      '+ web > cart direct 1',
      '- user > cart external 1',
    ]);
  });

  test('with all that was said: errors, both durations, network', () => {
    const columns = [
      'errors',
      'client_errors',
      'client_us_sum',
      'server_us_sum',
      'client_timed',
      'server_timed',
    ];
    const late = spans('web client x peer.service=lb @0+900\ncart server < 1 @10+500');
    expect(edges(late, {}, columns)).toEqual([
      'web > cart direct 1 errors=1 client_errors=1 client_us_sum=900 server_us_sum=500 client_timed=1 server_timed=1',
    ]);
    const left = rowsOf(late).flatMap(({ columns: { sign, client_us_sum } }) =>
      Array.from(sign as string[], (one, at) => `${one} ${String(client_us_sum![at])}`),
    );
    expect(left.sort()).toEqual(['+ 900', '+ 900', '- 900']);
  });
});

describe('no edge', () => {
  test('from ids that are cycles, or name themselves', () => {
    expect(edges(spans('web server < 1'))).toEqual([]);
    expect(edges(spans('web internal < 2\nweb internal < 1\ncart server < 2'))).toEqual([]);
    // Two spans that call each other: each is the other's child.
    expect(edges(spans('web server < 2\ncart server < 1'))).toEqual([
      'cart > web direct 1',
      'web > cart direct 1',
    ]);
  });

  test('between traces', () => {
    expect(edges(spans('web client\ncart server < 1 t2'))).toEqual([]);
  });

  test('through more than 64 INTERNAL spans', () => {
    const chain = (bridged: number): string[] =>
      edges([
        span('web server', 1),
        ...Array.from({ length: bridged }, (_, at) => span(`web internal < ${at + 1}`, at + 2)),
        span(`cart server < ${bridged + 1}`, bridged + 2),
      ]);
    expect(chain(64)).toEqual(['web > cart direct 1']);
    expect(chain(65)).toEqual([]);
  });

  test('into a span that only an INTERNAL one of another service follows', () => {
    expect(edges(spans('web client peer.service=lb\nlibrary internal < 1'))).toEqual(['web > lb external 1']);
  });
});

test('durations and network times are never negative', () => {
  const client = span('web client @0+1000', 1);
  const server = { ...span('cart server < 1 @-5000+0', 2), endNs: 0n };
  const columns = ['server_us_sum', 'server_timed', 'network_us_sum', 'network_timed'];
  expect(edges([client, server], {}, columns)).toEqual([
    'web > cart direct 1 server_us_sum=0 server_timed=1 network_us_sum=0 network_timed=0',
  ]);
});

test('a window is that of the callee’s end, or of the client span where nobody answers', () => {
  const [rows] = rowsOf(
    spans(
      'web client @-70000000+69000000\ncart server < 1 @-70000000+100\npay client server.address=a @-70000000+1',
    ),
  );
  const windows = Array.from({ length: rows!.length }, (_, at) => {
    const { child, window_start } = rows!.columns;
    return `${String(child![at])} ${new Date(Number(window_start![at])).toISOString().slice(11, 16)}`;
  });
  expect(windows.sort()).toEqual(['a 14:11', 'cart 14:11']);
});

test('beyond a tenant’s rows, calls are counted from __other__ to __other__, and taken back there', () => {
  const named = spans(
    'web client peer.service=a\nweb client peer.service=b\nweb client peer.service=c\nweb client peer.service=a',
  );
  const limits = { rowsPerTenantMax: 1 };
  expect(edges(named, { limits })).toEqual(['__other__ > __other__ external 2', 'web > a external 2']);
  // The peer that answers was beyond the limit, and so is its call.
  const answered = [...named, span('pay server < 2', 5)];
  expect(storedEdges(answered, { limits })).toEqual([
    '+ __other__ > __other__ direct 1',
    '+ __other__ > __other__ external 2',
    '+ web > a external 2',
    '- __other__ > __other__ external 1',
  ]);
});

test('a slot sees the one before it, and no further', () => {
  const far = spans('web client\nfiller internal t3\nfiller internal t4\ncart server < 1');
  expect(edges(far, { slotMessages: 2 })).toEqual(['web > cart direct 1']);
  expect(
    edges([far[0]!, far[1]!, far[2]!, span('filler internal t5', 9), far[3]!], { slotMessages: 2 }),
  ).toEqual([]);
});

test('a row names up to three traces, the same ones in any order', () => {
  const calls = [1, 2, 3, 4, 5].flatMap((trace) => spans(`web client t${trace}\ncart server < 1 t${trace}`));
  const examplesOf = (given: typeof calls): unknown => rowsOf(given)[0]!.columns['examples']![0];
  const found = examplesOf(calls) as string[];
  expect(new Set(found).size).toBe(3);
  expect(examplesOf(calls.toReversed())).toEqual(found);
  expect(found.every((trace) => /^0{31}[1-5]$/.test(trace))).toBe(true);
});

describe('links', () => {
  const observed = (given: readonly PlainSpan[]): Record<string, number> => {
    const rows = takenFrom(given).find(({ name }) => name === OBSERVATION_ROWS);
    const words = (rows?.columns['observation'] ?? []) as readonly string[];
    return Object.fromEntries(words.map((word, at) => [word, Number(rows!.columns['spans']![at])]));
  };

  test('are counted, and those that found their producer', () => {
    const lost = spans('shop producer\nmail consumer t2 ~1t1 ~9t1 ~9t1\nmail consumer t3 ~9t9');
    expect(observed(lost)).toEqual({ link: 3, joined_link: 1 });
    expect(observed(spans('shop producer\nmail server t2 ~1t1'))).toEqual({});
  });

  test('beyond a fourth of the neighbourhood wait in vain, the oldest first', () => {
    const first = span('mail consumer t2 ~1t1', 2);
    const links = Array.from({ length: 64 }, (_, at) => ({ traceId: 3, spanId: at + 1 }));
    const others = [0, 1].map((at) => ({ ...span('audit consumer t4', 10 + at), links }));
    const producer = span('shop producer', 1);
    expect(edges([first, ...others.slice(1), producer])).toEqual(['shop > mail messaging 1']);
    expect(edges([first, ...others, producer])).toEqual([]);
    expect(edges([producer, first, ...others])).toEqual(['shop > mail messaging 1']);
  });

  test('do not reach beyond the slot before', () => {
    const [producer, consumer] = spans('shop producer\nmail consumer t2 ~1t1');
    const filler = [span('filler internal t3', 7), span('filler internal t3', 8)];
    expect(edges([consumer!, filler[0]!, producer!], { slotMessages: 2 })).toEqual([
      'shop > mail messaging 1',
    ]);
    expect(edges([consumer!, ...filler, filler[0]!, producer!], { slotMessages: 2 })).toEqual([]);
  });
});
