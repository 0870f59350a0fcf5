/** A corpus as a file that programs in other languages read: its messages in order, each behind its length (32 bits, little-endian). */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Corpus } from './corpus.ts';

export function writeCorpus(path: string, { messages }: Corpus): void {
  const file = openSync(path, 'w');
  const length = new DataView(new ArrayBuffer(4));
  try {
    for (const message of messages) {
      length.setUint32(0, message.length, true);
      writeSync(file, length);
      writeSync(file, message);
    }
  } finally {
    closeSync(file);
  }
}
