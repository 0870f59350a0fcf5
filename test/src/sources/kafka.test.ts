import { expect, test } from 'vitest';
import { openKafka, type KafkaOptions } from '../../../src/sources/kafka.ts';

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const options: KafkaOptions = { brokers: ['127.0.0.1:1'], topics: ['spans'], assign: 'group' };
const plain = { mechanism: 'plain', username: 'u', password: 'p' } as const;

test.each<[string, Partial<KafkaOptions>, string]>([
  ['no topic', { topics: [] }, 'kafka.topics is empty'],
  ['no broker', { brokers: [] }, 'kafka.brokers is empty'],
  [
    'an assignment of a topic it does not read',
    { assign: { other: [0] } },
    'partitions of other are assigned',
  ],
  ['a password in the clear', { sasl: plain }, 'kafka.sasl is plain without TLS'],
  [
    'an authority that is not there',
    { tls: { caFile: '/nowhere/ca.pem' } },
    "kafka.tls.caFile: cannot read /nowhere/ca.pem (ENOENT); name a PEM file that Weir may read, or leave it out to trust Node.js's authorities",
  ],
  [
    'a key that is not there',
    { tls: { keyFile: 'nowhere/key.pem' } },
    `kafka.tls.keyFile: cannot read ${process.cwd()}/nowhere/key.pem (ENOENT); name a PEM file that Weir may read`,
  ],
])('refuses %s', (_name, wrong, message) => {
  expect(() => openKafka({ ...options, ...wrong }, logger)).toThrow(message);
});

test('a password in the clear can be asked for, and TLS or SCRAM need no asking', () => {
  expect(() => openKafka({ ...options, sasl: plain, insecure: true }, logger)).not.toThrow();
  expect(() => openKafka({ ...options, sasl: plain, tls: {} }, logger)).not.toThrow();
  expect(() =>
    openKafka({ ...options, sasl: { ...plain, mechanism: 'scram-sha-512' } }, logger),
  ).not.toThrow();
});
