/** Messages no producer writes, made from those that producers do: the same seed makes the same bytes. */
import { Buffer } from 'node:buffer';
import { mulberry32 } from '../../benchmarks/support/corpus.ts';

/** Values that lie about lengths, close strings, or are no UTF-8. */
const LIES = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xfe, 0xff, 0x22, 0x5b, 0x7b];
/** Lengths as varints: 2^31 - 1, 2^32 - 1, 2^63 - 1, 2^64 - 1, and one that never ends. */
const LENGTHS = [
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  Array<number>(20).fill(0xff),
];
const SPLICES = 500;
const REPEATS = 300;

/** Every truncation, every bit flip, every lie at every place, repeats, and random pieces of the message in random order. */
export function* damaged(message: Uint8Array, seed: number): Generator<Uint8Array, void, void> {
  const { length } = message;
  for (let end = 0; end < length; end++) yield message.slice(0, end);
  for (let bit = 0; bit < length * 8; bit++) yield changed(message, bit >> 3, 1 << (bit & 7));
  for (let at = 0; at < length; at++) {
    for (const lie of LIES) yield changed(message, at, message[at]! ^ lie);
    for (const lie of LENGTHS)
      yield Buffer.concat([message.subarray(0, at), Buffer.from(lie), message.subarray(at + 1)]);
  }
  const random = mulberry32(seed);
  const place = (): number => Math.floor(random() * (length + 1));
  for (let count = 0; count < SPLICES; count++) {
    const pieces = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      const [from, to] = [place(), place()];
      return message.subarray(Math.min(from, to), Math.max(from, to));
    });
    yield Buffer.concat(pieces);
  }
  yield Buffer.concat(Array<Uint8Array>(REPEATS).fill(message));
}

function changed(message: Uint8Array, at: number, flipped: number): Uint8Array {
  // A Buffer's own slice would share its bytes.
  const copy = new Uint8Array(message);
  copy[at]! ^= flipped;
  return copy;
}
