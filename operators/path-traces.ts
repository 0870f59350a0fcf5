/** Hashes of the traces of a batch, row by row: those of SpanRing.traceHash, so that every process chooses the same examples. */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { TRACE, hashKeys, idHash } from './span-hash.ts';

const KEYS = hashKeys(0);

export class PathTraces {
  hashes = new Uint32Array(1024);

  read({ ids, length }: SpanBatch): void {
    const hashes = (this.hashes = grown(this.hashes, length));
    for (let at = 0, row = 0; row < length; row++, at += ID_WORDS)
      hashes[row] = idHash(ids, at, at + TRACE, KEYS);
  }
}
