import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { WireReader } from '../../../../src/codecs/wire/protobuf.ts';

it('reads every 64-bit varint exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const writer = protobuf.Writer.create();
      writer.uint64(
        new protobuf.util.Long(
          Number(BigInt.asIntN(32, value)),
          Number(BigInt.asIntN(32, value >> 32n)),
          true,
        ),
      );
      const bytes = writer.finish();
      const wire = new WireReader();
      const end = wire.load(bytes);
      wire.varint(wire.at, end);
      expect(wire.at).toBe(end);
      expect((BigInt(wire.high) << 32n) | BigInt(wire.low)).toBe(value);
      expect(wire.unsigned()).toBe(Number(value));
      expect(wire.signed()).toBe(Number(BigInt.asIntN(64, value)));
      expect(wire.decimal()).toBe(String(BigInt.asIntN(64, value)));
      expect(wire.enumeration()).toBe(Number(BigInt.asIntN(32, value)));
    }),
    { examples: [[0n], [127n], [128n], [2n ** 32n], [2n ** 63n], [2n ** 64n - 1n]] },
  );
});

it('reads a short varint as the general way does, or says that it is none', () => {
  const varint = fc.array(fc.constantFrom(0, 1, 7, 8, 0x7f, 0x80, 0x81, 0x87, 0x88, 0xff), { maxLength: 7 });
  fc.assert(
    fc.property(varint, (bytes) => {
      const general = new WireReader();
      const end = general.load(Uint8Array.from(bytes));
      const short = new WireReader();
      short.load(Uint8Array.from(bytes));
      if (!short.shortVarint(0, end)) {
        expect(bytes.slice(0, 4).some((byte) => byte < 0x80)).toBe(false);
        return;
      }
      general.varint(0, end);
      expect([short.at, short.low, short.high]).toEqual([general.at, general.low, general.high]);
      expect(short.low).toBeLessThan(2 ** 31);
    }),
    { numRuns: 1000 },
  );
});

it('makes its view once per buffer', () => {
  const wire = new WireReader();
  const bytes = Uint8Array.of(1, 2, 3);
  expect(wire.load(bytes.subarray(1, 3))).toBe(3);
  const view = wire.bytes;
  expect(wire.load(bytes.subarray(0, 2))).toBe(2);
  expect(wire.bytes).toBe(view);
  wire.load(Uint8Array.of(9));
  expect(wire.bytes[wire.at]).toBe(9);
});

it('does not read beyond the message, though the buffer goes on', () => {
  const wire = new WireReader();
  const end = wire.load(Uint8Array.of(0x80, 0x80, 0x01).subarray(0, 2));
  expect(() => wire.varint(wire.at, end)).toThrow('beyond');
  expect(() => wire.lengthEnd(end, end)).toThrow('beyond');
  expect(() => wire.fixedEnd(0, 4, end)).toThrow('beyond');
});

it('skips by wire type alone', () => {
  const wire = new WireReader();
  const end = wire.load(Uint8Array.of(3, 0x80, 1, 0, 0, 0, 0, 0, 0, 0));
  const skipped = [0x08, 0x09, 0x0a, 0x0d].map((tag) => wire.skip(tag, 0, end));
  expect(skipped).toEqual([1, 8, 4, 4]);
  expect(wire.skip(0x08, 1, end)).toBe(3);
  for (const tag of [0x0b, 0x0c, 0x0e, 0x0f]) expect(() => wire.skip(tag, 0, end)).toThrow('wire type');
  for (const tag of [0x00, 0x01, 0x02]) expect(() => wire.skip(tag, 0, end)).toThrow('field number 0');
});
