/** Two ways to read a message, beside each other: what each adds to a writer, or refuses it with. */
import { expect } from 'vitest';
import { DecodeError } from '../../src/codecs/decode-error.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../src/spans/writer-options.ts';
import { type DecodedSpan, rowsOf } from './decoded.ts';

export type Decode = (message: Uint8Array, into: SpanWriter) => void;

/** A writer that wants links, and a tenant from attribute `tenant.id`. */
export function openTenantWriter(options: WriterOptions): SpanWriter {
  const tenantAttribute = { key: 'tenant.id', tenantOf: (name: string): string => `t-${name}` };
  const writer = new SpanWriter({ hasLinks: true, tenantAttribute, ...options });
  writer.reset(0);
  return writer;
}

/** What a message adds to a writer, or the error it throws. */
export function outcome(decode: Decode, message: Uint8Array, writer: SpanWriter): DecodedSpan[] | string {
  const first = writer.length;
  writer.begin(7, 42, 'default');
  try {
    decode(message, writer);
    const rows = rowsOf(writer).slice(first);
    for (let row = first; row < writer.length; row++)
      expect([writer.offset[row], writer.recordMs[row], writer.reversed[row]]).toEqual([
        7,
        42,
        expect.any(Number),
      ]);
    return rows.map((row, at) => ({ ...row, reversed: writer.reversed[first + at] }));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    writer.rollback();
    return `${error.reason}: ${error.message}`;
  }
}
