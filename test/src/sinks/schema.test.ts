/** The DDL as text: a change of stored tables or public views shows here first. `UPDATE_GOLDEN=1` writes the files anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { schemaSql, schemaText } from '../../../src/sinks/schema.ts';
import { testDependenciesJob, testPathsJob, testRedJob } from '../../support/clickhouse.ts';
import { testQualityTables } from '../../support/quality-table-rows.ts';

const jobs = [testRedJob(), testDependenciesJob(), testPathsJob(), testQualityTables()];

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

  test('makes Jaeger’s view in Jaeger’s database, for the tenant named', () => {
    const jaeger = testDependenciesJob({ jaeger: { database: 'jaeger', tenant: String.raw`a'b\c` } });
    const statements = schemaSql({ database: 'weir', jobs: [jaeger], ttlDays: 30 });
    expect(statements[1]).toBe('CREATE DATABASE IF NOT EXISTS jaeger');
    expect(statements.at(-2)).toMatch(/^CREATE OR REPLACE VIEW jaeger\.dependencies AS\n/);
    expect(statements.at(-2)).toContain(String.raw`WHERE tenant = 'a\'b\\c'`);
    const wrong = testDependenciesJob({ jaeger: { database: 'a; DROP', tenant: 'default' } });
    expect(() => schemaSql({ database: 'weir', jobs: [wrong], ttlDays: 0 })).toThrow('BUG: database name');
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
