/** What a report says of rows: pooled counts, scores, trends, the order of fixes and of services. */
import { describe, expect, it } from 'vitest';
import { qualityReport, topFixes } from '../../../src/report/quality-report.ts';
import {
  CHECKS,
  example,
  failingOperation,
  reportRows,
  serviceVerdicts,
  verdicts,
} from '../../support/quality-rows.ts';

const PERIOD = { fromS: Date.UTC(2026, 8, 21, 12) / 1000, toS: Date.UTC(2026, 8, 21, 14) / 1000 };

describe('the report on one service', () => {
  const report = qualityReport(
    { service: 'cart', period: PERIOD },
    reportRows({
      verdicts: [
        serviceVerdicts('cart', 'has_server_span', verdicts(60, 20, 7), { before: verdicts(0, 80) }),
        serviceVerdicts('cart', 'parent_present', verdicts(0, 80)),
        serviceVerdicts('cart', 'current_client', verdicts(0, 0, 5)),
        serviceVerdicts('cart', 'retired_check', verdicts(0, 1000)),
      ],
      passExamples: new Map([['has_server_span', [example('good')]]]),
      operations: ['GET /', 'POST /', 'PUT /', 'a', 'b', 'c'].map((operation) =>
        failingOperation('cart', operation, 'has_server_span', verdicts(1, 20)),
      ),
      parts: [
        { fromS: PERIOD.fromS, check: 'has_server_span', ...verdicts(0, 80) },
        { fromS: PERIOD.fromS + 600, check: 'has_server_span', ...verdicts(80, 0) },
        { fromS: PERIOD.fromS + 600, check: 'parent_present', ...verdicts(0, 80) },
      ],
    }),
    CHECKS,
  );

  it('says whose and of when', () => {
    expect(report).toMatchObject({
      service: 'cart',
      from: '2026-09-21T12:00:00Z',
      to: '2026-09-21T14:00:00Z',
      spans: 1000,
      services: [],
    });
  });

  it('scores over all and by category, with the trend, and leaves out a category of which all was exempt', () => {
    // Lost are 0.2 of has_server_span (80 % before) and 0.8 of parent_present.
    expect(report.scores.map(({ category }) => category)).toEqual(['overall', 'completeness']);
    const [overall, completeness] = report.scores;
    expect(overall!.value).toBeCloseTo(100 * (1 - (3 * 0.2 + 0.8) / 6), 9);
    expect(overall!.before).toBeCloseTo(100 * (1 - (3 * 0.8) / 6), 9);
    expect(completeness!.value).toBeCloseTo(100 * (1 - (3 * 0.2 + 0.8) / 4), 9);
  });

  it('has the checks that judged anything, those first that cost most', () => {
    expect(report.checks.map(({ check, failed }) => [check, failed])).toEqual([
      ['parent_present', 80],
      ['has_server_span', 20],
      ['current_client', 0],
    ]);
    expect(report.checks.map(({ points }) => points)).toEqual([
      expect.closeTo(80 / 6, 9),
      expect.closeTo(60 / 6, 9),
      0,
    ]);
    expect(topFixes(report, 3).map(({ check }) => check)).toEqual(['parent_present', 'has_server_span']);
    expect(topFixes(report, 1)).toHaveLength(1);
    expect(report.checks[1]).toMatchObject({
      title: 'Has server span',
      fix: 'Fix has_server_span.',
      passExamples: [example('good')],
      failExamples: Array.from({ length: 5 }, () => example('cart-fail')),
    });
    expect(report.checks[1]!.operations.map(({ operation }) => operation)).toHaveLength(6);
    expect(report.checks[0]).toMatchObject({ passExamples: [], failExamples: [], operations: [] });
  });

  it('draws the way the scores went, each part by itself', () => {
    expect(report.history.map(({ at }) => at)).toEqual(['2026-09-21T12:00:00Z', '2026-09-21T12:10:00Z']);
    expect(report.history.map(({ scores }) => scores[0]!.value)).toEqual([
      expect.closeTo(100 * (1 - (3 * 0.8) / 6), 9),
      expect.closeTo(100 * (1 - 0.8 / 6), 9),
    ]);
  });
});

describe('the report on all services', () => {
  const report = qualityReport(
    { service: '', period: PERIOD },
    reportRows({
      verdicts: [
        serviceVerdicts('good', 'parent_present', verdicts(500, 0)),
        serviceVerdicts('bad', 'has_server_span', verdicts(0, 80)),
        serviceVerdicts('bad', 'parent_present', verdicts(20, 0)),
        serviceVerdicts('also-good', 'parent_present', verdicts(100, 0), { before: verdicts(0, 80) }),
        serviceVerdicts('gone', 'parent_present', verdicts(0, 0), { before: verdicts(9, 0) }),
      ],
    }),
    CHECKS,
  );

  it('ranks them, lowest score first, and leaves out those of which nothing was judged', () => {
    expect(report.service).toBeNull();
    expect(report.services.map(({ service, spans }) => [service, spans])).toEqual([
      ['bad', 80],
      ['also-good', 100],
      ['good', 500],
    ]);
    expect(report.services[0]!.worst).toEqual({
      check: 'has_server_span',
      title: 'Has server span',
      points: expect.closeTo((100 * 3 * 0.8) / 6, 9) as number,
    });
    expect(report.services[1]).toMatchObject({ worst: null, scores: [{ value: 100 }, { value: 100 }] });
    expect(report.services[1]!.scores[0]!.before).toBeCloseTo(100 * (1 - 0.8 / 6), 9);
  });

  it('scores them together', () => {
    expect(report.checks.find(({ check }) => check === 'parent_present')).toMatchObject({
      judged: 620,
      passed: 620,
    });
  });
});

it('is empty of nothing', () => {
  expect(qualityReport({ service: 'none', period: PERIOD }, reportRows({}), CHECKS)).toMatchObject({
    spans: 0,
    scores: [],
    checks: [],
    services: [],
    history: [],
  });
});
