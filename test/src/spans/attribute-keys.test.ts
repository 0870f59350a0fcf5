import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 9 }),
  fc.constantFrom('peer.service', 'http.route', 'é', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(200)),
);

it('finds exactly the wanted keys, wherever their bytes are', () => {
  fc.assert(
    fc.property(fc.array(key), fc.array(key), fc.nat(5), (wanted, asked, offset) => {
      const keys = new AttributeKeys(wanted);
      expect(keys.keys).toEqual([...new Set(wanted)]);
      for (const text of [...wanted, ...asked]) {
        const bytes = Buffer.concat([Buffer.alloc(offset, 'a'), Buffer.from(text), Buffer.from('a')]);
        const found = keys.columnOf(bytes, offset, bytes.length - 1);
        expect(found).toBe(keys.keys.indexOf(text));
        expect(keys.column(text)).toBe(found);
        if (found >= 0) expect(keys.mayHold(bytes, offset, bytes.length - 1)).toBe(true);
      }
    }),
  );
});

it('dismisses most other keys unread', () => {
  const bytes = Buffer.from('thread.id');
  expect(new AttributeKeys(['peer.service']).mayHold(bytes, 0, bytes.length)).toBe(false);
});
