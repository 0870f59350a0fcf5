import { expect, it } from 'vitest';
import { NestedText } from '../../../src/codecs/attribute-text.ts';
import { DEPTH_MAX } from '../../../src/limits.ts';

it('writes compact JSON', () => {
  const nested = new NestedText();
  nested.string('left over');
  nested.reset();
  nested.openMap();
  nested.key('a"');
  nested.openArray();
  nested.integer('9223372036854775807');
  nested.double(0.5);
  nested.double(Number.NaN);
  nested.boolean(false);
  nested.null();
  nested.close();
  nested.key('b');
  nested.openMap();
  nested.close();
  nested.key('c');
  nested.string('d');
  nested.close();
  expect(nested.text).toBe('{"a\\"":[9223372036854775807,0.5,"NaN",false,null],"b":{},"c":"d"}');
});

it('nests no deeper than the limit, and says when it is full', () => {
  const nested = new NestedText();
  for (let depth = 0; depth < DEPTH_MAX; depth++) nested.openArray();
  expect(() => nested.openMap()).toThrow('deeper');
  expect(nested.isFull).toBe(false);
  nested.string('x'.repeat(256));
  expect(nested.isFull).toBe(true);
});
