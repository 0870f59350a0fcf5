/** Wanted keys as the kernel reads them. */
import type { AttributeKeys } from '../spans/attribute-keys.ts';
import {
  KEY_BYTES,
  KEY_BYTES_MAX,
  KEY_FILTER,
  KEY_HEADS,
  KEY_IMAGE,
  KEY_LENGTHS,
  KEY_NEXT,
  KEY_STARTS,
  KEYS_MAX,
} from './layout.ts';

const images = new WeakMap<AttributeKeys, Uint8Array | null>();

/** What belongs at KEY_IMAGE; null where these keys are more than the kernel takes. */
export function keyImage(keys: AttributeKeys): Uint8Array | null {
  const known = images.get(keys);
  if (known !== undefined) return known;
  const image = makeImage(keys);
  images.set(keys, image);
  return image;
}

function makeImage({ keys, filter }: AttributeKeys): Uint8Array | null {
  const encoded = keys.map((key) => new TextEncoder().encode(key));
  const bytes = encoded.reduce((sum, { length }) => sum + length, 0);
  if (keys.length > KEYS_MAX || bytes > KEY_BYTES_MAX) return null;
  const image = new Uint8Array(KEY_BYTES - KEY_IMAGE + bytes);
  const words = new Int32Array(image.buffer, 0, (KEY_BYTES - KEY_IMAGE) / 4);
  words.set(filter, (KEY_FILTER - KEY_IMAGE) / 4);
  const heads = words.subarray((KEY_HEADS - KEY_IMAGE) / 4);
  const next = words.subarray((KEY_NEXT - KEY_IMAGE) / 4);
  const starts = words.subarray((KEY_STARTS - KEY_IMAGE) / 4);
  for (const [column, { length }] of encoded.entries()) starts[column + 1] = starts[column]! + length;
  // Backwards, so that a chain has its columns in order.
  for (let column = keys.length - 1; column >= 0; column--) {
    const key = encoded[column]!;
    const chain = Math.min(key.length, KEY_LENGTHS - 1);
    next[column] = heads[chain]!;
    heads[chain] = column + 1;
    image.set(key, KEY_BYTES - KEY_IMAGE + starts[column]!);
  }
  return image;
}
