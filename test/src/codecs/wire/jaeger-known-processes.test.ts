import { describe, expect, it } from 'vitest';
import codec from '../../../../src/codecs/jaeger-proto.ts';
import { AttributeKeys } from '../../../../src/spans/attribute-keys.ts';
import { SpanWriter } from '../../../../src/spans/span-writer.ts';
import { encode, JAEGER } from '../../../support/protobuf-schemas.ts';

const tenantAttribute = { key: 'team', tenantOf: (value: string) => `t-${value}` };

function spanOf(host: string, ...more: readonly object[]): Uint8Array {
  const tags = [{ key: 'host.name', vStr: host }, ...more];
  return encode(JAEGER, 'Span', {
    traceId: new Uint8Array(16).fill(1),
    spanId: new Uint8Array(8).fill(2),
    process: { serviceName: 'cart', tags },
  });
}

/** Tenant, service and host of a message's row. */
function read(writer: SpanWriter, message: Uint8Array, tenant = 'default'): string[] {
  writer.reset(0);
  writer.begin(0, 0, tenant);
  codec.decode(message, writer);
  const ids = [writer.tenant[0]!, writer.service[0]!, writer.resourceAttributes[0]![0]!];
  return ids.map((id) => writer.dictionary.text(id));
}

describe('a process read before', () => {
  const open = (): SpanWriter => new SpanWriter({ keys: new AttributeKeys(['host.name']), tenantAttribute });

  it('is the same resource again', () => {
    const writer = open();
    for (let time = 0; time < 3; time++)
      expect(read(writer, spanOf('node-1'))).toEqual(['default', 'cart', 'node-1']);
  });

  it('is not taken for one that differs in any byte', () => {
    const writer = open();
    const span = spanOf('node-000000000000000000000000');
    read(writer, span);
    const at = Buffer.from(span).indexOf('node-') + 5;
    for (let digit = at; digit < at + 24; digit++) {
      const other = Uint8Array.from(span);
      other[digit] = 0x31;
      const host = Buffer.from(other.subarray(at - 5, at + 24)).toString();
      expect(read(writer, other)).toEqual(['default', 'cart', host]);
      expect(read(writer, span)[2]).toBe('node-000000000000000000000000');
    }
  });

  it('is of the tenant of its own message, where it names none', () => {
    const writer = open();
    expect(read(writer, spanOf('node-1'), 'a')[0]).toBe('a');
    expect(read(writer, spanOf('node-1'), 'b')[0]).toBe('b');
    expect(read(writer, spanOf('node-1', { key: 'team', vStr: 'x' }), 'a')[0]).toBe('t-x');
    expect(read(writer, spanOf('node-1', { key: 'team', vStr: 'x' }), 'b')[0]).toBe('t-x');
    expect(read(writer, spanOf('node-1'), 'a')[0]).toBe('a');
  });

  it('names no tenant to a message whose header did', () => {
    const writer = open();
    const { tenantKey } = writer;
    const span = spanOf('node-1', { key: 'team', vStr: 'x' });
    const tenants = [tenantKey, undefined, tenantKey].map((key) => {
      writer.tenantKey = key;
      return read(writer, span)[0];
    });
    expect(tenants).toEqual(['t-x', 'default', 't-x']);
  });

  it('is read anew once the dictionary has been compacted', () => {
    const writer = open();
    read(writer, spanOf('node-1'));
    writer.reset(0);
    writer.compactDictionary(new Uint8Array(writer.dictionary.size));
    // The tenant comes to its old id, so that nothing but the epoch tells the others from what they were.
    for (const text of ['default', 'x', 'y', 'z', 'w']) writer.dictionary.internText(text);
    expect(read(writer, spanOf('node-1'))).toEqual(['default', 'cart', 'node-1']);
  });

  it('is of its own writer', () => {
    const [one, two] = [open(), open()];
    read(one, spanOf('node-1'));
    for (const text of ['x', 'y', 'z', 'w']) two.dictionary.internText(text);
    expect(read(two, spanOf('node-1'))).toEqual(['default', 'cart', 'node-1']);
    expect(read(one, spanOf('node-1'))).toEqual(['default', 'cart', 'node-1']);
  });
});
