/** Whose spans are: what the topic says, else the header, else the resource. */
import { describe, expect, it } from 'vitest';
import { red } from '../../../operators/red.ts';
import { RED_TABLE } from '../../../operators/red-rows.ts';
import { foldingOf } from '../../../src/commands/assemble.ts';
import { topicOptions } from '../../../src/commands/topic-options.ts';
import { type Config, SCHEMA } from '../../../src/config/schema.ts';
import { Partition } from '../../../src/engine/partition.ts';
import { openPipeline } from '../../../src/engine/pipeline.ts';
import { encode, OTLP } from '../../support/protobuf-schemas.ts';

const config: Config = SCHEMA.parse({
  tenants: { names: ['acme', 'globex', 'default'], attribute: 'tenant.id' },
});
const limits = { servicesPerTenantMax: 9, seriesPerServiceMax: 9, rowsPerTenantMax: 9 };

function otlpProto(tenant?: string): Uint8Array {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = [
    { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 2), name: 'pay', kind: 2, endTimeUnixNano: 1n },
  ];
  const named = tenant === undefined ? [] : [attribute('tenant.id', tenant)];
  const resource = { attributes: [attribute('service.name', 'shop'), ...named] };
  return encode(OTLP, 'TracesData', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

function jaegerJson(tenant?: string): Uint8Array {
  const id = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');
  const tags = tenant === undefined ? [] : [{ key: 'tenant.id', vStr: tenant }];
  const span = { traceId: id(16), spanId: id(8), operationName: 'pay' };
  return Buffer.from(JSON.stringify({ ...span, process: { serviceName: 'shop', tags } }));
}

const CASES = [
  { topic: undefined, header: undefined, resource: undefined, expected: 'default' },
  { topic: undefined, header: undefined, resource: 'globex', expected: 'globex' },
  { topic: undefined, header: undefined, resource: 'nobody', expected: 'default' },
  { topic: undefined, header: 'acme', resource: 'globex', expected: 'acme' },
  { topic: undefined, header: 'nobody', resource: 'globex', expected: 'default' },
  { topic: 'acme', header: undefined, resource: 'globex', expected: 'acme' },
  { topic: 'acme', header: 'globex', resource: 'globex', expected: 'acme' },
];
const ENCODINGS = [
  ['otlp_proto', otlpProto],
  ['jaeger_json', jaegerJson],
] as const;

describe.each(ENCODINGS)('%s', (encoding, request) =>
  it.each(CASES)('topic $topic, header $header, resource $resource: $expected', async (named) => {
    const { topic, header, resource, expected } = named;
    const operators = [red({ dimensions: [], limits }, 1)];
    const job = { name: 'red', summary: '', operators, tables: [], views: [], counters: [] };
    const { rules, writer } = foldingOf(config, [job]);
    const { codec, slotMessages, tenantOf, isTenantFixed } = await topicOptions(config, encoding, {
      tenant: topic,
    });
    if (codec === 'stubs') throw new Error('BUG: stubs');
    const plan = { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 };
    const partition = new Partition(
      {
        topic: 't',
        partition: 0,
        plan,
        slotMessages,
        fingerprint: '',
        codec,
        writer,
        tenantOf,
        ...(isTenantFixed === undefined ? {} : { isTenantFixed }),
      },
      openPipeline([job], { rules, spansMax: 100, slotMessages, seed: 1 }),
    );
    partition.read({
      topic: 't',
      partition: 0,
      length: 1,
      offsets: Float64Array.of(0),
      timestampsMs: Float64Array.of(0),
      values: [request(resource)],
      tenants: [header],
      nextOffset: 1,
      endOffset: 1,
    });
    const [rows] = partition.flush().rows.filter(({ name }) => name === RED_TABLE);
    expect(rows!.columns['tenant']).toEqual([expected]);
  }),
);
