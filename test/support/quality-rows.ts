/** What reports are made from: checks, and rows as the store answers them. */
import type { CheckInfo } from '../../operators/quality-check.ts';
import type { ReportRows } from '../../src/report/quality-report.ts';
import type { Example } from '../../src/report/quality-question.ts';
import type { FailingOperation, ServiceVerdicts } from '../../src/report/quality-rows.ts';
import { NO_VERDICTS, type Verdicts } from '../../src/report/score.ts';

/** Weights 3, 1 and 2. */
export const CHECKS: readonly CheckInfo[] = [
  checkInfo('has_server_span', { category: 'completeness', weight: 3 }),
  checkInfo('parent_present', { category: 'completeness', weight: 1 }),
  checkInfo('current_client', { category: 'currency', weight: 2 }),
];

export function checkInfo(name: string, overrides: Partial<CheckInfo> = {}): CheckInfo {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`;
  return {
    name,
    title,
    category: 'completeness',
    weight: 1,
    judges: `Spans, by ${name}.`,
    passes: 'It holds.',
    exempts: 'None.',
    credits: 'The service.',
    why: 'It matters.',
    fix: `Fix ${name}.`,
    ...overrides,
  };
}

/** `exempt` defaults to none. */
export function verdicts(passed: number, failed: number, exempt = 0): Verdicts {
  return { judged: passed + failed + exempt, passed, failed, exempt };
}

export function example(id: string): Example {
  return { traceId: `trace-${id}`, spanId: `span-${id}` };
}

export function serviceVerdicts(
  service: string,
  check: string,
  now: Verdicts,
  more: Partial<ServiceVerdicts> = {},
): ServiceVerdicts {
  return {
    service,
    check,
    now,
    before: NO_VERDICTS,
    ...more,
  };
}

export function failingOperation(
  service: string,
  operation: string,
  check: string,
  counts: Verdicts,
): FailingOperation {
  return { service, operation, check, ...counts, failExamples: [example(`${service}-fail`)] };
}

export function reportRows(rows: Partial<ReportRows>): ReportRows {
  return { verdicts: [], passExamples: new Map(), operations: [], parts: [], clients: [], ...rows };
}
