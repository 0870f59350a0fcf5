import { expect, test } from 'vitest';
import { PathNames } from '../../operators/path-names.ts';
import { Dictionary } from '../../src/spans/dictionary.ts';

test('a name keeps its number when the dictionary is compacted, or is another one', () => {
  const dictionary = new Dictionary();
  const names = new PathNames();
  const ids = ['web', 'cart', 'pay'].map((text) => dictionary.internText(text));
  names.read(dictionary);
  const known = ids.map((id) => names.of(id));
  expect(known.map((name) => names.text(name))).toEqual(['web', 'cart', 'pay']);
  const used = new Uint8Array(dictionary.size);
  used[ids[1]!] = used[ids[2]!] = 1;
  const renamed = dictionary.compact(used);
  names.read(dictionary);
  expect(names.of(renamed[ids[2]!]!)).toBe(known[2]);
  expect(names.of(renamed[ids[1]!]!)).toBe(known[1]);
  expect(names.of(dictionary.internText('web'))).toBe(known[0]);
  const other = new Dictionary();
  other.internText('pay');
  names.read(other);
  expect(names.of(other.internText('cart'))).toBe(known[1]);
  expect(names.ofText('pay')).toBe(known[2]);
});
