/** Rows of `quality_v1` and `clients_v1` from what a test says of each, as the operator gives them, and a job that has the tables. */
import qualityJob from '../../jobs/quality.ts';
import { CLIENTS_TABLE, QUALITY_TABLE } from '../../operators/quality-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Job } from '../../src/engine/job.ts';

export interface QualityTableRow {
  readonly tenant?: string;
  readonly service: string;
  readonly operation?: string;
  readonly check: string;
  readonly windowMs: number;
  readonly slot?: number;
  readonly passed?: number;
  readonly failed?: number;
  readonly exempt?: number;
  /** Of those passed, how many a later span made fail. */
  readonly passedMoved?: number;
  /** `trace/span` */
  readonly passExamples?: readonly string[];
  readonly failExamples?: readonly string[];
}

export interface ClientTableRow {
  readonly tenant?: string;
  readonly service: string;
  readonly windowMs: number;
  readonly language?: string;
  readonly sdk?: string;
  readonly version: string;
  readonly spans: number;
  readonly examples?: readonly string[];
}

/** The job's tables and views, without a check. */
export function testQualityTables(): Job {
  return qualityJob({
    checks: [],
    seed: 1,
    clockToleranceMs: 500,
    durationMsMax: 86_400_000,
    minimumVersions: {},
    limits: { servicesPerTenantMax: 1000, operationsPerServiceMax: 500, rowsPerTenantMax: 50_000 },
  });
}

export function qualityTableRows(rows: readonly QualityTableRow[]): Rows {
  const zeros = rows.map(() => 0);
  return {
    name: QUALITY_TABLE,
    length: rows.length,
    slot: Float64Array.from(rows, ({ slot = 0 }) => slot),
    columns: {
      tenant: rows.map(({ tenant = 'default' }) => tenant),
      window_start: rows.map(({ windowMs }) => windowMs),
      service: rows.map(({ service }) => service),
      operation: rows.map(({ operation = 'GET /' }) => operation),
      check: rows.map(({ check }) => check),
      judged: rows.map(({ passed = 0, failed = 0, exempt = 0 }) => passed + failed + exempt),
      passed: rows.map(({ passed = 0 }) => passed),
      exempt: rows.map(({ exempt = 0 }) => exempt),
      judged_moved: zeros,
      passed_moved: rows.map(({ passedMoved = 0 }) => passedMoved),
      exempt_moved: zeros,
      pass_examples: rows.map(({ passExamples = [] }) => passExamples),
      fail_examples: rows.map(({ failExamples = [] }) => failExamples),
    },
  };
}

export function clientTableRows(rows: readonly ClientTableRow[]): Rows {
  return {
    name: CLIENTS_TABLE,
    length: rows.length,
    slot: new Float64Array(rows.length),
    columns: {
      tenant: rows.map(({ tenant = 'default' }) => tenant),
      window_start: rows.map(({ windowMs }) => windowMs),
      service: rows.map(({ service }) => service),
      language: rows.map(({ language = 'python' }) => language),
      sdk: rows.map(({ sdk = 'opentelemetry' }) => sdk),
      client_version: rows.map(({ version }) => version),
      spans: rows.map(({ spans }) => spans),
      examples: rows.map(({ examples = [] }) => examples),
    },
  };
}
