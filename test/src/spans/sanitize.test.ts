import { expect, it } from 'vitest';
import { ATTRIBUTE_BYTES_MAX, NAME_BYTES_MAX } from '../../../src/limits.ts';
import { Dictionary } from '../../../src/spans/dictionary.ts';
import { cutEnd, NameSanitizer } from '../../../src/spans/sanitize.ts';

const dictionary = new Dictionary();
const names = new NameSanitizer(dictionary);
const BROKEN = Uint8Array.of(0x61, 0xff);

it('replaces names that are empty or not UTF-8, each by its own', () => {
  for (const _ of [1, 2]) {
    expect(dictionary.text(names.service(BROKEN, 0, 2))).toBe('invalid-service-name');
    expect(dictionary.text(names.operation(BROKEN, 0, 2))).toBe('invalid-span-name');
    expect(dictionary.text(names.attribute(BROKEN, 0, 2))).toBe('Yf8=');
    expect(dictionary.text(names.service(BROKEN, 1, 1))).toBe('empty-service-name');
    expect(dictionary.text(names.operation(BROKEN, 1, 1))).toBe('empty-span-name');
    expect(dictionary.text(names.operation(BROKEN, 0, 1))).toBe('a');
  }
});

it('cuts between characters', () => {
  const bytes = Buffer.from('é'.repeat(2000));
  expect(dictionary.text(names.operation(bytes, 0, bytes.length))).toBe('é'.repeat(NAME_BYTES_MAX / 2));
  expect(dictionary.text(names.service(bytes, 0, bytes.length))).toBe('é'.repeat(NAME_BYTES_MAX / 2));
  expect(dictionary.text(names.attribute(bytes, 0, bytes.length))).toBe('é'.repeat(ATTRIBUTE_BYTES_MAX / 2));
  expect(cutEnd(bytes, 0, bytes.length, 5)).toBe(4);
  expect(cutEnd(bytes, 0, 4, 5)).toBe(4);
});

it('makes no UTF-8 of what is none by cutting it', () => {
  const bytes = Buffer.alloc(2000, 0x80);
  for (const length of [1, NAME_BYTES_MAX, NAME_BYTES_MAX + 1, bytes.length]) {
    expect(dictionary.text(names.service(bytes, 0, length))).toBe('invalid-service-name');
    expect(dictionary.text(names.operation(bytes, 0, length))).toBe('invalid-span-name');
  }
  for (const length of [1, ATTRIBUTE_BYTES_MAX, bytes.length])
    expect(dictionary.text(names.attribute(bytes, 0, length))).toMatch(/^g[AI]/);
});

it('cuts texts as it cuts bytes, pairs of surrogates too', () => {
  for (const text of ['x'.repeat(300), '𝒳'.repeat(100), `abc${'𝒳'.repeat(100)}`, `${'x'.repeat(255)}𝒳`]) {
    const bytes = Buffer.from(text);
    expect(names.attributeText(text)).toBe(names.attribute(bytes, 0, bytes.length));
  }
});

it('forgets its verdicts with the dictionary', () => {
  const own = new Dictionary();
  const sanitizer = new NameSanitizer(own);
  sanitizer.operation(BROKEN, 0, 2);
  own.compact(new Uint8Array(own.size));
  sanitizer.clear();
  expect(own.text(sanitizer.operation(Buffer.from('b'), 0, 1))).toBe('b');
});
