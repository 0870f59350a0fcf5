import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Dictionary } from '../../../src/spans/dictionary.ts';

const texts = fc.array(fc.oneof(fc.string({ maxLength: 9 }), fc.string({ unit: 'grapheme', maxLength: 40 })));

it('gives each text one id and each id its text, also after all were forgotten', () => {
  fc.assert(
    fc.property(texts, texts, fc.nat(7), (before, after, offset) => {
      const dictionary = new Dictionary();
      for (const text of before) dictionary.internText(text);
      dictionary.compact(new Uint8Array(dictionary.size));
      const ids = new Map<string, number>();
      for (const text of [...after, ...after]) {
        const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text), Buffer.from('!')]);
        const id = dictionary.intern(bytes, offset, bytes.length - 1);
        expect(ids.get(text) ?? id).toBe(id);
        ids.set(text, id);
        expect(dictionary.text(id)).toBe(text);
      }
      expect(dictionary.size).toBe(ids.size + 1);
      expect(new Set(ids.values())).toEqual(new Set(Array.from({ length: ids.size }, (_, i) => i + 1)));
    }),
  );
});

it('holds many texts, and counts their bytes', () => {
  const dictionary = new Dictionary();
  const ids = Array.from({ length: 20_000 }, (_, i) => dictionary.internText(`text ${i}`));
  expect(ids.map((id) => dictionary.text(id))).toEqual(ids.map((_, i) => `text ${i}`));
  expect(dictionary.bytes).toBe(ids.reduce((sum, _, i) => sum + `text ${i}`.length, 0));
});

it('compacted, keeps the marked texts alone and says their new ids', () => {
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.boolean()), texts, (before, kept, after) => {
      const dictionary = new Dictionary();
      for (const text of before) dictionary.internText(text);
      const used = Uint8Array.from({ length: dictionary.size }, (_, id) =>
        id > 0 && kept.next().value ? 1 : 0,
      );
      const old = Array.from(used, (_, id) => dictionary.text(id));
      const renamed = dictionary.compact(used);
      expect(dictionary.size).toBe(used.reduce((sum, one) => sum + one, 1));
      for (const text of after) dictionary.internText(text);
      for (const [id, isUsed] of used.entries())
        expect(isUsed === 1 ? dictionary.text(renamed[id]!) : renamed[id]).toBe(isUsed === 1 ? old[id] : 0);
      for (const text of after) expect(dictionary.text(dictionary.internText(text))).toBe(text);
    }),
  );
});

it('knows integers by their text, and forgets them with the rest', () => {
  const dictionary = new Dictionary();
  for (const value of [0, 200, 1023, 1024, -1, 4_294_967_295]) {
    expect(dictionary.text(dictionary.internInteger(value))).toBe(String(value));
    expect(dictionary.internInteger(value)).toBe(dictionary.internText(String(value)));
  }
  dictionary.compact(new Uint8Array(dictionary.size));
  dictionary.internText('other');
  expect(dictionary.text(dictionary.internInteger(0))).toBe('0');
});

it('tells texts that are not UTF-8, and keeps a byte order mark', () => {
  const dictionary = new Dictionary();
  const broken = dictionary.intern(Uint8Array.of(0x61, 0xff), 0, 2);
  expect(dictionary.validText(broken)).toBeUndefined();
  expect(dictionary.text(broken)).toBe('a\ufffd');
  expect(dictionary.text(dictionary.internText('\ufeffa'))).toBe('\ufeffa');
});
