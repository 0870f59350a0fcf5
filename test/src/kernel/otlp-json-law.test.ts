/** The kernel and the plain reader of OTLP's JSON are two ways to the same rows, the same texts, and the same refusals. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../../src/codecs/wire/otlp-json-traces.ts';
import { decodeJsonByKernel } from '../../../src/kernel/otlp-json.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { type Decode, outcome } from '../../support/decode-outcome.ts';
import { damaged } from '../../support/hostile-bytes.ts';
import { request } from '../../support/otlp-json-fields.ts';
import { bytes, FULL, one, openWriter, requestOf, text, traces } from '../../support/otlp-json-requests.ts';

describe('law: both give the same', () => {
  const plain = openWriter();
  const ours = openWriter();
  const unasked = { keys: new AttributeKeys([]), hasLinks: false };
  const [plainUnasked, oursUnasked] = [openWriter(unasked), openWriter(unasked)];
  let read = 0;
  let left = 0;
  const byKernelFirst: Decode = (message, into) => {
    if (decodeJsonByKernel(message, into)) {
      read++;
      return;
    }
    left++;
    decodeJsonTraces(message, into);
  };
  const pairs = [
    [plain, ours],
    [plainUnasked, oursUnasked],
  ] as const;
  const same = (message: Uint8Array, writers: readonly (typeof pairs)[number][] = pairs): void => {
    for (const [reference, writer] of writers) {
      if (reference.length > 40) {
        reference.reset(0);
        writer.reset(0);
      }
      expect(outcome(byKernelFirst, message, writer)).toEqual(outcome(decodeJsonTraces, message, reference));
    }
  };

  it('of any message', () => {
    read = left = 0;
    fc.assert(
      fc.property(request, (json) => {
        same(bytes(json));
      }),
      { numRuns: 3000, endOnFailure: true },
    );
    // Neither way may be the only one that was tried.
    expect(read).toBeGreaterThan(600);
    expect(left).toBeGreaterThan(600);
  });

  it('of any message that something was put into, or taken out of', () => {
    const pieces = fc.constantFrom(
      ...Array.from('"\\{}[],:0- e.\n\0é'),
      'null',
      '":',
      '"a":1,',
      '{}',
      '[],',
      '\\u12',
    );
    fc.assert(
      fc.property(
        request,
        fc.array(fc.tuple(fc.nat(), fc.nat(3), pieces), { maxLength: 12 }),
        (json, edits) => {
          for (const [place, cut, piece] of edits) {
            const at = place % (json.length + 1);
            same(bytes(json.slice(0, at) + piece + json.slice(at + cut)));
          }
        },
      ),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it('of any message cut anywhere', () => {
    fc.assert(
      fc.property(request, (json) => {
        const message = bytes(json);
        for (let end = Math.max(0, message.length - 200); end < message.length; end++)
          same(message.subarray(0, end));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('of messages damaged anywhere', () => {
    for (const message of damaged(one(JSON.stringify(FULL)), 1)) same(message, [pairs[0]]);
  });

  it('of members that occur twice', () => {
    const link = '{"traceId":"ffffffffffffffffffffffffffffffff","spanId":"eeeeeeeeeeeeeeee"}';
    const attribute = '{"key":"n","value":{"stringValue":"a"}}';
    const twice = [
      '"traceId":"0123456789abcdef0123456789abcdef","traceId":""',
      '"spanId":"0123456789abcdef","spanId":""',
      '"parentSpanId":"0123456789abcdef","parentSpanId":""',
      '"traceState":"ot=th:8","traceState":""',
      '"name":"a","name":"b"',
      '"kind":2,"kind":7',
      '"startTimeUnixNano":"5000","startTimeUnixNano":"7000"',
      '"endTimeUnixNano":"5000","endTimeUnixNano":"7000"',
      `"attributes":[${attribute}],"attributes":[]`,
      `"links":[${link},${link}],"links":[${link}]`,
      '"status":{"code":2},"status":{}',
      '"status":{"code":2,"code":1}',
      '"attributes":[{"key":"region","key":"n","value":{"stringValue":"a"}}]',
      '"attributes":[{"key":"n","value":{"stringValue":"a"},"value":{"stringValue":"b"}}]',
    ];
    for (const members of twice) same(one(`{${members}}`));
    const spans = ['[{"spans":[{"name":"a"}]}]', '[{"spans":[{"name":"b"}],"spans":[{"name":"c"}]}]'];
    const resources = ['cart', 'shop'].map(
      (name) => `{"attributes":[${JSON.stringify(text('service.name', name))}]}`,
    );
    const both = (key: string, [first, second]: readonly string[]): string =>
      `"${key}":${first},"${key}":${second}`;
    const scopes = both('scopeSpans', spans);
    same(bytes(`{"resourceSpans":[{${both('resource', resources)},"scopeSpans":${spans[1]!}}]}`));
    same(bytes(`{"resourceSpans":[{"scopeSpans":${spans[1]!}}]}`));
    same(bytes(`{"resourceSpans":[{"resource":{"attributes":5},"scopeSpans":[{}],"resource":{}}]}`));
    same(bytes(`{"resourceSpans":[{${scopes},"resource":${resources[0]!}}]}`));
    same(bytes(`{${both('resourceSpans', [`[{${scopes}}]`, `[{"scopeSpans":${spans[1]!}}]`])}}`));
  });

  it('of keys in another spelling, and values of another type', () => {
    const odd = [
      '"\\u006eame":"a"',
      '"trace_state":"ot=th:8"',
      '"attributes":[{"\\u006bey":"n","value":{"stringValue":"a"}}]',
      '"attributes":[{"key":"\\u006e","value":{"stringValue":"a"}}]',
      '"attributes":[{"key":"\\u006e","value":{"intValue":1}}]',
      '"attributes":[{"value":{"stringValue":"a"},"key":"\\u006e"}]',
      '"attributes":[{"value":{"stringValue":"a"},"key":null}]',
      '"attributes":[{"key":"n","value":{"stringValue":5}}]',
      '"attributes":[{"key":"n","value":{"intValue":"x"}}]',
      '"attributes":[{"value":5,"key":"n"},{"key":"n","value":{"stringValue":"a"}}]',
      '"attributes":[{"key":"n","value":{"stringValue":"a"}},{"key":"n","value":5}]',
      '"attributes":[{"key":"n","value":{"stringValue":"a"}},{"key":"n","value":[]}]',
      '"links":{"traceId":"a"}',
      '"links":null',
      '"links":[null,{}]',
      '"links":[{"traceId":"a"}]',
      '"name":null',
      '"name":5',
      '"kind":12',
      '"kind":"2"',
      '"kind":"SPAN_KIND_"',
      '"status":null',
      '"status":{"code":"ERROR"}',
    ];
    for (const members of odd) same(one(`{${members}}`));
    same(bytes(`{"resourceSpans":[{"resource":{"attributes":5}}]}`));
    same(bytes(`{"resourceSpans":[{"resource":{"attributes":5},"scopeSpans":[]}]}`));
    same(bytes(`{"resourceSpans":[{"resource":5,"scopeSpans":[]}]}`));
    for (const blank of ['null', '[]', '{}', '', '1', '{"resourceSpans":null}', '{"resource_spans":[]}'])
      same(bytes(blank));
  });

  it('of times of any number of digits', () => {
    for (let digits = 0; digits < 24; digits++)
      for (const [first, rest] of ['00', '01', '10', '17', '99']) {
        const time = `${first!}${rest!.repeat(digits)}`;
        for (const spelled of [
          time,
          `"${time}"`,
          `-${time}`,
          `"-${time}"`,
          `"${time}x"`,
          `${time}.0`,
          `"${time}e1"`,
        ])
          same(one(`{"startTimeUnixNano":${spelled},"endTimeUnixNano":"1758463980000002998"}`));
      }
  });

  it('of values about as long as one may be', () => {
    for (const escape of ['v', '\\n', '\\u0041', '\\u00e9', '\\u20ac', '\\ud83d\\ude00', '\\ud800', 'é'])
      for (const bytesOfOne of [1, 2, 3, 4])
        for (const beyond of [-1, 0, 1, 2]) {
          const value = `${escape.repeat(4096 / bytesOfOne)}${'v'.repeat(Math.max(0, beyond))}`.slice(
            0,
            beyond < 0 ? beyond : undefined,
          );
          for (const key of ['n', 'other'])
            for (const kind of ['stringValue', 'bytesValue'])
              same(one(`{"attributes":[{"key":"${key}","value":{"${kind}":"${value}"}}]}`));
        }
  });

  it('of as many attributes as a span may have', () => {
    for (const count of [127, 128, 129, 130]) {
      const attributes = Array<object>(count).fill(text('other', 'x'));
      same(traces({ attributes }));
      same(bytes(JSON.stringify(requestOf([{ attributes }]), null, 1)));
    }
  });

  it('of what nests deeply', () => {
    for (let depth = 20; depth < 70; depth++)
      for (const inner of [
        '['.repeat(depth) + ']'.repeat(depth),
        `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      ]) {
        same(one(`{"events":${inner}}`));
        same(one(`{"attributes":[{"key":"n","value":{"a":${inner}}},{"key":"other","value":${inner}}]}`));
        same(
          bytes(
            `{"other":${inner},"resourceSpans":[{"resource":{"a":${inner}},"scopeSpans":[{"scope":${inner}}]}]}`,
          ),
        );
      }
  });
});
