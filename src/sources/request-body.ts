/**
 * Reads one request's body, decompressed, into memory taken from a budget as it arrives: neither a long body nor a small one that
 * inflates without end gets further than the caps. What is refused is a Refusal, and has given its bytes back.
 */
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { HolderBudget } from './byte-budget.ts';
import { noRoom, Refusal } from './otlp-answer.ts';

export interface BodyLimits {
  /** Cap on the body as sent. */
  readonly compressedBytesMax: number;
  /** Cap on the body as decoded. */
  readonly bytesMax: number;
  readonly budget: HolderBudget;
}

/** Resolves with the body, whose length is taken from the budget: the caller gives it back. */
export async function readBody(
  request: Readable,
  contentEncoding: string,
  { compressedBytesMax, bytesMax, budget }: BodyLimits,
): Promise<Buffer> {
  const inflate = INFLATES[contentEncoding];
  if (inflate === undefined)
    throw new Refusal(415, `Content-Encoding ${contentEncoding} is not supported: use gzip, deflate or none`);
  if (inflate === null) return await collect(request, Math.min(compressedBytesMax, bytesMax), budget);
  const compressed = await collect(request, compressedBytesMax, budget);
  const inflater = inflate();
  try {
    inflater.end(compressed);
    return await collect(inflater, bytesMax, budget);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, `the body is not ${contentEncoding}`);
  } finally {
    inflater.destroy();
    budget.give(compressed.length);
  }
}

const INFLATES: Readonly<Record<string, (() => ReturnType<typeof createGunzip>) | null>> = Object.assign(
  Object.create(null) as object,
  { identity: null, gzip: createGunzip, deflate: createInflate },
);

async function collect(stream: Readable, bytesMax: number, budget: HolderBudget): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The request must outlive a refusal, which is answered on its connection.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (bytes + chunk.length > bytesMax)
        throw new Refusal(413, `the body is larger than ${bytesMax} bytes: export smaller batches`);
      const taking = budget.take(chunk.length);
      if (taking !== 'taken') throw noRoom(taking);
      bytes += chunk.length;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes);
  } catch (error) {
    budget.give(bytes);
    throw error;
  }
}
