import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../../src/codecs/decode-error.ts';
import { JsonReader } from '../../../../src/codecs/wire/json.ts';
import { JsonFields } from '../../../../src/codecs/wire/json-fields.ts';
import { DEPTH_MAX } from '../../../../src/limits.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function opened(text: string): JsonReader {
  const json = new JsonReader();
  json.open(utf8(text));
  return json;
}

function lastText(json: JsonReader): string {
  return new TextDecoder().decode(json.text.subarray(json.textStart, json.textEnd));
}

/** Whether the whole text is one JSON value, in the reader's opinion. Anything but a DecodeError fails the test. */
function isAccepted(text: string): boolean {
  const json = opened(text);
  try {
    json.skip();
    json.finish();
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function reasonOf(read: () => void): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return 'none';
}

describe('JsonReader.skip', () => {
  it('accepts what JSON.parse accepts', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom('', ' ', '\n\t'), (text, blank) => {
        expect(isAccepted(`${blank}${text}${blank}`)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with JSON.parse on damaged documents', () => {
    const damage = fc.tuple(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom(
        ...'{}[]",:0-.eE+\\u tfn'.split(''),
        '',
        '\u0001',
        '\\u12',
        '\\ud800',
        '__proto__',
        '01',
      ),
      fc.nat(2),
    );
    fc.assert(
      fc.property(damage, ([text, at, insert, drop]) => {
        const cut = at % (text.length + 1);
        const damaged = text.slice(0, cut) + insert + text.slice(cut + drop);
        expect(isAccepted(damaged)).toBe(isJson(damaged));
      }),
      { numRuns: 3000 },
    );
  });

  it('stops at the depth cap without recursion', () => {
    expect(isAccepted('['.repeat(DEPTH_MAX) + ']'.repeat(DEPTH_MAX))).toBe(true);
    expect(reasonOf(() => opened('['.repeat(DEPTH_MAX + 1)).skip())).toBe('too_deep');
    expect(reasonOf(() => opened('{"a":'.repeat(1_000_000)).skip())).toBe('too_deep');
  });

  it('calls every proper prefix of a container truncated', () => {
    const text = '{"a":[1.5,true,null,"x\\u00e9"],"b":{}}';
    for (let end = 0; end < text.length; end++)
      expect(reasonOf(() => opened(text.slice(0, end)).skip())).toBe('truncated');
  });
});

describe('JsonReader.string', () => {
  it('reads the text JSON.parse reads, with lone surrogates replaced', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isEscaped) => {
        const document = isEscaped
          ? `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
          : JSON.stringify(text);
        const json = opened(document);
        json.string();
        expect(lastText(json)).toBe(Buffer.from(text).toString());
      }),
    );
    for (const [document, text] of [
      ['"\\ud83d\\ude00"', '\u{1f600}'],
      ['"\\ud83dx"', '\ufffdx'],
      ['"\\ud83d\\u0041"', '\ufffdA'],
      ['"\\ud83d\\ue000"', '\ufffd\ue000'],
      ['"\\ud83d\\n"', '\ufffd\n'],
      ['"\\ude00\\ud83d"', '\ufffd\ufffd'],
      ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ] as const) {
      const json = opened(document);
      json.string();
      expect(lastText(json)).toBe(text);
    }
  });
});

describe('JsonReader members and elements', () => {
  const fields = new JsonFields(['traceId', 'name']);

  it('walks an object by field, in camel and snake case, escaped keys too', () => {
    const json = opened(
      '{"traceId":"a","trace_id":"b","tr\\u0061ceId":"c","other":{"name":[1]},"name":null}',
    );
    const seen: string[] = [];
    if (json.objectStart())
      do {
        const field = json.field(fields);
        if (field === '') json.skip();
        else {
          json.string();
          seen.push(`${field}=${lastText(json)}`);
        }
      } while (json.objectNext());
    json.finish();
    expect(seen).toEqual(['traceId=a', 'traceId=b', 'traceId=c', 'name=']);
  });

  it('reads empty and null containers as having nothing', () => {
    for (const text of ['{}', '{ }', 'null']) expect(opened(text).objectStart()).toBe(false);
    for (const text of ['[]', '[\n]', 'null']) expect(opened(text).arrayStart()).toBe(false);
    expect(reasonOf(() => opened('[]').objectStart())).toBe('malformed');
    expect(reasonOf(() => opened('"x"').arrayStart())).toBe('malformed');
  });

  it('refuses another type than asked for', () => {
    expect(reasonOf(() => opened('1').string())).toBe('malformed');
    expect(reasonOf(() => opened('{}').scalar())).toBe('malformed');
    expect(reasonOf(() => opened('0').boolean())).toBe('malformed');
    expect(reasonOf(() => opened('1 2').finish())).toBe('malformed');
  });
});
