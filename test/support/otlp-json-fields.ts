/** OTLP messages in JSON as their producers write them, and as they might and do not. */
import * as fc from 'fast-check';

type Text = fc.Arbitrary<string>;

const blank: Text = fc.oneof(
  { weight: 30, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\n    ', '\r\n', '\t') },
);
const quoted = (text: string): string => JSON.stringify(text);
/** Mostly the first, at times another of them. */
const mostly = (usual: Text, ...odd: readonly Text[]): Text =>
  fc.oneof({ weight: 40, arbitrary: usual }, ...odd.map((arbitrary) => ({ weight: 1, arbitrary })));

function joined(open: string, close: string, items: fc.Arbitrary<readonly string[]>): Text {
  return fc.tuple(items, blank, blank).map(([texts, before, behind]) => {
    const inner = texts.map((text) => before + text + behind).join(',');
    return open + (inner === '' ? behind : inner) + close;
  });
}

function array(item: Text, maxLength: number): Text {
  return joined('[', ']', fc.array(item, { maxLength }));
}

function member(key: string, value: Text): Text {
  const spelled = mostly(
    fc.constant(quoted(key)),
    fc.constant(quoted(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))),
    fc.constant(`"\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}"`),
  );
  return fc
    .tuple(spelled, blank, blank, value)
    .map(([name, before, behind, text]) => `${name}${before}:${behind}${text}`);
}

/** In this order, each there or not; at times in any order, and more than once. */
function object(...members: readonly Text[]): Text {
  const inOrder = fc
    .tuple(...members.map((each) => fc.option(each, { nil: undefined, freq: 7 })))
    .map(defined);
  const shuffled = fc.array(fc.oneof(...members), { maxLength: members.length });
  return joined('{', '}', fc.oneof({ weight: 12, arbitrary: inOrder }, { weight: 1, arbitrary: shuffled }));
}

function defined(texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined);
}

/** The keys that tests want, and lengths that a filter by length and last byte cannot tell apart. */
export const KEYS = ['region', 'http.route', '', 'n', 'région', 'o'.repeat(127), 'p'.repeat(128)];
const OTHER_KEYS = ['other', 'legion', 'service.name', 'tenant.id', 'x'.repeat(200), 'o'.repeat(126)];

const string: Text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'GET /', 'eu', '名前', '').map(quoted) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map(quoted) },
  fc.constantFrom(
    '"GET \\/x"',
    '"\\u0041\\ud83d\\ude00"',
    '"\\ud800x"',
    '"\\\\\\"\\b\\f\\n\\r\\t"',
    '"\u007f"',
  ),
  fc.integer({ min: 1000, max: 1050 }).map((length) => quoted('v'.repeat(length))),
);
const longString: Text = fc
  .tuple(fc.constantFrom('', '\\n', '\\/', '\\u0041', '\\u00e9', '\\u20ac', '\\ud83d\\ude00'), fc.nat(80))
  .chain(([escape, times]) =>
    fc
      .integer({ min: 4085, max: 4100 })
      .map((length) => `"${escape.repeat(times)}${'v'.repeat(Math.max(0, length - times))}"`),
  );
const wrong: Text = fc.constantFrom(
  'null',
  'true',
  'false',
  '5',
  '-1.5e3',
  '""',
  '"x"',
  '[]',
  '{}',
  '[null]',
  '[1,2]',
  '{"a":1}',
  '',
  '01',
  '1.',
  'nul',
  '"\\x"',
  '"\\u12g4"',
  '"\u0001"',
  '[1,]',
  '{"a":1,}',
  '{"a"}',
  '[}',
);
const deep: Text = fc
  .tuple(fc.integer({ min: 25, max: 70 }), fc.boolean())
  .map(([depth, isArray]) =>
    isArray ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  );
const plain: Text = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value, null, 2)),
);
const anything: Text = mostly(plain, wrong, deep);

function hex(digits: number): Text {
  const id = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: digits,
    maxLength: digits,
  });
  return mostly(
    id.map(quoted),
    id.map((text) => quoted(text.toUpperCase())),
    fc.constantFrom(
      '""',
      quoted('g'.repeat(digits)),
      quoted('/'.repeat(digits)),
      quoted('é'.repeat(digits / 2)),
    ),
    id.map((text) => quoted(text.slice(1))),
    id.map((text) => quoted(`${text}0`)),
    id.map((text) => `"\\u0030${text.slice(1)}"`),
    wrong,
  );
}
const ns = fc.bigInt({ min: 1_758_463_980_000_000_000n, max: 1_758_463_980_000_009_999n });
const time: Text = mostly(
  ns.map((value) => quoted(String(value))),
  ns.map(String),
  fc.bigInt({ min: 0n, max: 2n ** 64n + 10n }).map((value) => quoted(String(value))),
  fc.bigInt({ min: -5n, max: 2n ** 64n + 10n }).map(String),
  fc.constantFrom(
    '0',
    '"0"',
    '"007"',
    '007',
    '"-0"',
    '-0',
    '1e18',
    '1.5',
    '"1758463980000000x00"',
    '"1758463980:00000000"',
  ),
  fc.constantFrom('"175846398000000*000"', '"17584639800000000/0"', `"${'0'.repeat(20)}"`, '"12 "', '"é"'),
  wrong,
);
const kind: Text = mostly(
  fc.integer({ min: 0, max: 6 }).map(String),
  fc
    .constantFrom('UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER', 'OTHER', '')
    .map((name) => `"SPAN_KIND_${name}"`),
  fc.constantFrom('"2"', '12', '2.0', '2e0', '-1', '"\\u0032"', '"SPAN_KIND_\\u0053ERVER"', '"server"'),
  wrong,
);
const code: Text = mostly(
  fc.integer({ min: 0, max: 3 }).map(String),
  fc.constantFrom('UNSET', 'OK', 'ERROR', 'OTHER').map((name) => `"STATUS_CODE_${name}"`),
  wrong,
);

const { any: anyValue } = fc.letrec<{ any: string }>((tie) => ({
  any: mostly(
    fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      object(member('stringValue', string)),
      object(
        member(
          'intValue',
          fc.oneof(
            fc.bigInt({ min: -9n, max: 2n ** 63n }).map((n) => quoted(String(n))),
            fc.maxSafeInteger().map(String),
          ),
        ),
      ),
      object(
        member(
          'doubleValue',
          fc.oneof(fc.double({ noDefaultInfinity: true, noNaN: true }).map(String), fc.constant('"NaN"')),
        ),
      ),
      object(member('boolValue', fc.boolean().map(String))),
      object(member('bytesValue', fc.base64String({ maxLength: 20 }).map(quoted))),
      object(member('arrayValue', object(member('values', array(tie('any'), 3))))),
      object(
        member(
          'kvlistValue',
          object(member('values', array(object(member('key', string), member('value', tie('any'))), 3))),
        ),
      ),
    ),
    object(member('stringValue', longString)),
    object(member('bytesValue', longString)),
    object(member('stringValue', anything), member('intValue', anything), member('boolValue', anything)),
    anything,
  ),
}));
const key: Text = fc.constantFrom(...KEYS, ...OTHER_KEYS).map(quoted);
const keyValue: Text = mostly(
  joined('{', '}', fc.tuple(member('key', key), member('value', anyValue))),
  object(member('key', mostly(key, string, wrong)), member('value', anyValue), member('other', anything)),
  joined('{', '}', fc.tuple(member('value', anyValue), member('key', key))),
  wrong,
);
const attributes: Text = mostly(
  array(keyValue, 4),
  fc
    .integer({ min: 120, max: 135 })
    .map((count) => `[${Array<string>(count).fill('{"key":"a","value":{"stringValue":"b"}}').join(',')}]`),
  anything,
);
const tracestate: Text = mostly(
  fc.constantFrom('', 'a=b', 'ot=th:8', 'x=1,ot=th:c;rv:1').map(quoted),
  fc.constant('"ot\\u003dth:8"'),
  wrong,
);
const link: Text = mostly(
  object(member('traceId', hex(32)), member('spanId', hex(16)), member('attributes', anything)),
  wrong,
);
const span: Text = mostly(
  object(
    member('traceId', hex(32)),
    member('spanId', hex(16)),
    member('parentSpanId', hex(16)),
    member('traceState', tracestate),
    member('name', mostly(string, longString, wrong)),
    member('kind', kind),
    member('startTimeUnixNano', time),
    member('endTimeUnixNano', time),
    member('attributes', attributes),
    member('droppedAttributesCount', fc.constant('0')),
    member('events', anything),
    member('status', mostly(object(member('message', string), member('code', code)), wrong)),
    member('links', mostly(array(link, 3), anything)),
    member('flags', fc.constant('257')),
  ),
  object(
    member('name', string),
    member('unknown', anything),
    member('un_known', anything),
    member('', anything),
  ),
  wrong,
);
const resource: Text = mostly(
  object(
    member('attributes', mostly(array(keyValue, 3), anything)),
    member('droppedAttributesCount', anything),
  ),
  wrong,
);
const scopeSpans: Text = mostly(
  object(
    member('scope', anything),
    member('spans', mostly(array(span, 3), wrong)),
    member('schemaUrl', string),
  ),
  wrong,
);
const resourceSpans: Text = mostly(
  object(
    member('resource', resource),
    member('scopeSpans', mostly(array(scopeSpans, 2), wrong)),
    member('schemaUrl', string),
  ),
  object(member('scopeSpans', array(scopeSpans, 2)), member('resource', resource)),
  wrong,
);

/** An ExportTraceServiceRequest. */
export const request: Text = mostly(
  fc
    .tuple(blank, object(member('resourceSpans', array(resourceSpans, 3))), blank)
    .map((parts) => parts.join('')),
  object(member('resourceSpans', anything), member('other', anything)),
  anything,
  object(member('resourceSpans', array(resourceSpans, 2)).map((text) => `${text} x`)),
);
