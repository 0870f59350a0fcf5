import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LABEL_VALUE_BYTES_MAX,
  joinLabels,
  labelNames,
  labelText,
} from '../../../src/sinks/prometheus-labels.ts';
import { parseExposition } from '../../support/exposition.ts';

describe('label values', () => {
  test('escapes backslash, quote and newline, and nothing else', () => {
    expect(labelText('l', 'a\\b"c\nd')).toBe('l="a\\\\b\\"c\\nd"');
    expect(labelText('l', '{a="b"} 1\r\t€')).toBe('l="{a=\\"b\\"} 1\r\t€"');
  });

  test('an empty value is no label', () => {
    expect(labelText('l', '')).toBe('');
    expect(labelText('l', '\ud800')).toBe('');
    expect(joinLabels(labelText('a', ''), labelText('b', '1'), labelText('c', ''))).toBe('b="1"');
  });

  test('is cut at a character border', () => {
    expect(read('a'.repeat(300))).toBe('a'.repeat(LABEL_VALUE_BYTES_MAX));
    expect(read('€'.repeat(100))).toBe('€'.repeat(85));
    expect(read(`a${'😀'.repeat(100)}`)).toBe(`a${'😀'.repeat(63)}`);
    expect(read('"'.repeat(300))).toBe('"'.repeat(LABEL_VALUE_BYTES_MAX));
  });

  test('law: any text reads back as itself, without lone surrogates, up to the cap', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.boolean(), (text, isHalved) => {
        const value = isHalved ? `\udc00${text}\ud800` : text;
        const expected = text.replace(/\p{Surrogate}/gu, '');
        expect(read(value)).toBe(expected === '' ? undefined : expected);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 60, maxLength: 400 }), (text) => {
        const value = read(text)!;
        expect(text.startsWith(value)).toBe(true);
        expect(Buffer.byteLength(value)).toBeLessThanOrEqual(LABEL_VALUE_BYTES_MAX);
        if (value !== text) expect(Buffer.byteLength(value)).toBeGreaterThan(LABEL_VALUE_BYTES_MAX - 4);
      }),
    );
  });
});

describe('label names', () => {
  test('are made of letters, digits and underscores', () => {
    expect(names(['http.request.method', '2xx', '_x', '__name__', 'größe', ''])).toEqual({
      'http.request.method': 'http_request_method',
      '2xx': 'key_2xx',
      _x: 'key_x',
      __name__: 'key__name__',
      größe: 'gr__e',
      '': 'key',
    });
  });

  test('a taken name gets the next free suffix; who has the name already keeps it', () => {
    expect(names(['a.b', 'a-b', 'a_b', 'a_b_2', 'le', 'a_b'], ['le'])).toEqual({
      a_b: 'a_b',
      a_b_2: 'a_b_2',
      'a-b': 'a_b_3',
      'a.b': 'a_b_4',
      le: 'le_2',
    });
  });

  test('law: are distinct, legal, not reserved, whatever the order of the keys', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('a.b', 'a_b', 'a-b', 'a_b_2', 'service_name'));
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        const found = labelNames(keys, ['service_name']);
        expect(new Set(found.values()).size).toBe(keys.length);
        for (const name of found.values()) expect(name).toMatch(/^[a-zA-Z][a-zA-Z0-9_]*$/);
        expect([...found.values()]).not.toContain('service_name');
        expect([...labelNames([...keys].reverse(), ['service_name'])]).toEqual([...found]);
      }),
    );
  });
});

function names(keys: readonly string[], reserved: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(labelNames(keys, reserved));
}

/** The value of a label as a scraper reads it. */
function read(value: string): string | undefined {
  const label = labelText('l', value);
  const line = `m{${label}} 1`;
  return parseExposition(`# HELP m h\n# TYPE m counter\n${line}\n`).samples[0]!.labels['l'];
}
