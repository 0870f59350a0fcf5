import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { createClient } from '../../../src/sources/kafka-client.ts';

test('what kafkajs remarks on producers that do not try for ever is no warning', () => {
  const said: string[] = [];
  const note = (level: string) => (_details: object, message: string) =>
    void said.push(`${level}: ${message}`);
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const kafka = createClient({ brokers: ['127.0.0.1:1'] }, logger);
  const createPartitioner = Partitioners.DefaultPartitioner;
  kafka.producer({ idempotent: true, retry: { retries: 3 }, createPartitioner });
  expect(said).toEqual([expect.stringMatching(/^debug: kafkajs: Limiting retries/)]);
});
