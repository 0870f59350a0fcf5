/** The DDL as text: a change of stored tables or public views shows here first. `UPDATE_GOLDEN=1` writes the files anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { schemaSql, schemaText } from '../../../src/sinks/schema.ts';
import { testRedJob } from '../../support/clickhouse.ts';

const jobs = [testRedJob()];

function expectGolden(name: string, text: string): void {
  const file = new URL(`../../golden/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe('the schema', () => {
  test('of one server is the golden text', () => {
    expectGolden('schema.sql', schemaText({ database: 'weir', jobs, ttlDays: 30 }));
  });

  test('of a cluster is the golden text', () => {
    expectGolden('schema-cluster.sql', schemaText({ database: 'weir', jobs, ttlDays: 30, cluster: 'main' }));
  });

  test('keeps rows for good with a TTL of 0 days', () => {
    expect(schemaText({ database: 'weir', jobs, ttlDays: 0 })).not.toContain('TTL ');
  });

  test('lets no name out of its quotes', () => {
    const cluster = String.raw`a'b\c`;
    const [create] = schemaSql({ database: 'weir', jobs, ttlDays: 0, cluster });
    expect(create).toBe(String.raw`CREATE DATABASE IF NOT EXISTS weir ON CLUSTER 'a\'b\\c'`);
    expect(() => schemaSql({ database: 'weir; DROP', jobs, ttlDays: 0 })).toThrow('BUG: database name');
  });
});
