/** A report in every format: what it must say, and that a hostile name changes nothing but what is shown. */
import { describe, expect, it } from 'vitest';
import { type QualityReport, qualityReport } from '../../../src/report/quality-report.ts';
import { REPORT_FORMATS, type ReportFormat, reportText } from '../../../src/report/report-format.ts';
import { colorsFor, createTerminal } from '../../../src/terminal.ts';
import {
  CHECKS,
  checkInfo,
  failingOperation,
  reportRows,
  serviceVerdicts,
  verdicts,
} from '../../support/quality-rows.ts';

const FROM_S = Date.UTC(2026, 8, 21, 12) / 1000;
const PERIOD = { fromS: FROM_S, toS: FROM_S + 7200 };
const PLAIN = colorsFor(createTerminal({ write: () => undefined }));

function reportOn(service: string, operation: string, version = '1.9.1'): QualityReport {
  const rows = reportRows({
    verdicts: [
      serviceVerdicts(service, 'has_server_span', verdicts(60, 1220), { before: verdicts(1280, 0) }),
      serviceVerdicts(service, 'parent_present', verdicts(80, 80)),
      serviceVerdicts(service, 'current_client', verdicts(100, 0)),
    ],
    operations: [
      failingOperation(service, operation, 'has_server_span', verdicts(60, 1220)),
      failingOperation(service, 'other', 'parent_present', verdicts(80, 80)),
    ],
    parts: [0, 600, 1800].map((afterS) => ({
      fromS: FROM_S + afterS,
      check: 'has_server_span',
      ...verdicts(60, afterS),
    })),
    clients: [
      {
        service,
        language: 'python',
        sdk: 'opentelemetry',
        version,
        minVersion: '1.26.0',
        spans: 9,
        examples: [],
      },
    ],
  });
  return qualityReport({ service, period: PERIOD }, rows, CHECKS);
}

function fleetReport(service: string): QualityReport {
  const rows = reportRows({
    verdicts: [
      serviceVerdicts(service, 'has_server_span', verdicts(0, 1280)),
      serviceVerdicts('good', 'parent_present', verdicts(80, 0), { before: verdicts(80, 0) }),
    ],
    operations: [failingOperation(service, 'GET /', 'has_server_span', verdicts(0, 1280))],
  });
  return qualityReport({ service: '', period: PERIOD }, rows, CHECKS);
}

function text(report: QualityReport, format: ReportFormat): string {
  return reportText(report, { format, jaegerUrl: 'http://jaeger:16686/ui', colors: PLAIN });
}

describe('as a table', () => {
  it('a service shows its scores, fixes in order, checks and clients', () => {
    expect(text(reportOn('cart', 'GET /cart'), 'table')).toBe(`Trace quality of cart
2026-09-21 12:00 to 2026-09-21 14:00 UTC: 1,280 spans judged.

Score
  score         of 100  trend
  overall         45.7  -54.3
  completeness    18.5  -81.5
  currency       100.0    new

Fix first, by the points that the overall score gains
  1. +46.9  Has server span: 1,220 of 1,280 failed (95.3 %)
     Fix has_server_span.
     in GET /cart
     see http://jaeger:16686/ui/trace/trace-cart-fail?uiFind=span-cart-fail
  2. +7.4  Parent present: 80 of 160 failed (50.0 %)
     Fix parent_present.
     in other
     see http://jaeger:16686/ui/trace/trace-cart-fail?uiFind=span-cart-fail

Checks
  check            category      judged  failed  exempt  costs
  has_server_span  completeness   1,280   1,220       0  -46.9
  parent_present   completeness     160      80       0   -7.4
  current_client   currency         100       0       0

Client libraries
  language  library        version  at least  spans
  python    opentelemetry  1.9.1    1.26.0        9
`);
  });

  it('all services are ranked', () => {
    expect(text(fleetReport('bad'), 'table')).toContain(`Services, lowest score first
  service  overall  trend  completeness  what costs it most
  bad         50.8    new          26.2  Has server span (-49.2)
  good       100.0    0.0         100.0
`);
  });

  it('nothing is said to be wrong where nothing is, or nothing was judged', () => {
    const good = qualityReport(
      { service: 'good', period: PERIOD },
      reportRows({ verdicts: [serviceVerdicts('good', 'parent_present', verdicts(9, 0))] }),
      CHECKS,
    );
    expect(text(good, 'table')).toContain('Nothing: no check failed.');
    const none = qualityReport({ service: 'none', period: PERIOD }, reportRows({}), CHECKS);
    expect(text(none, 'table')).toBe(
      'Trace quality of none\n2026-09-21 12:00 to 2026-09-21 14:00 UTC: nothing was judged.\n',
    );
  });
});

it('as JSON it is the report', () => {
  const report = reportOn('cart', 'GET /cart');
  expect(JSON.parse(text(report, 'json'))).toEqual(report);
});

describe('as HTML', () => {
  const html = text(reportOn('cart', 'GET /cart'), 'html');

  it('needs nothing but itself', () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(new Set(links)).toEqual(
      new Set(['http://jaeger:16686/ui/trace/trace-cart-fail?uiFind=span-cart-fail']),
    );
  });

  it('plots the scores over time, and what costs points', () => {
    const plots = html.match(/<svg .*?<\/svg>/gs)!;
    expect(plots).toHaveLength(2);
    // Points at 0, 10 and 30 of 120 minutes: the first two are joined.
    expect(plots[0]).toMatch(/<title>overall<\/title><path d="M36 [\d.]+h0L85\.5 [\d.]+M184\.5 [\d.]+h0"\/>/);
    expect(plots[0]).toContain('>2026-09-21 12:00</text>');
    expect(plots[0]).toContain('>2026-09-21 14:00</text>');
    expect(plots[1]!.match(/class="bar"/g)).toHaveLength(2);
    expect(html).not.toMatch(/NaN|undefined|null/);
  });

  it('plots the lowest scores of all services', () => {
    expect(text(fleetReport('bad'), 'html').match(/<svg .*?<\/svg>/gs)![1]).toContain('>50.8</text>');
  });

  it('closes what it opens', () => {
    for (const page of [html, text(fleetReport('bad'), 'html')]) expect(unclosed(page)).toEqual([]);
  });
});

describe('hostile names', () => {
  const HOSTILE = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `' onmouseover='alert(1)`,
    `</title></svg></td><b>&amp;`,
    `a|b\n# c\r\n- d`,
    '[click](javascript:alert(1)) `x` ![i](http://evil/) **b** <b>',
    '\u001b[31mred\u001b]0;title\u0007\u202egnp.exe\u2028x',
    '__proto__',
  ];

  it.each(HOSTILE)('%j is text everywhere', (name) => {
    for (const report of [reportOn(name, name, name), fleetReport(name)])
      for (const format of REPORT_FORMATS) {
        const shown = text(report, format);
        // Only the line ends that formats write themselves.
        expect(shown).not.toMatch(format === 'json' ? /(?!\n)\p{Cc}/u : /(?!\n)[\p{Cc}\u202e\u2028]/u);
        if (format === 'html') {
          expect(unclosed(shown)).toEqual([]);
          expect(tagsIn(shown)).toEqual(tagsIn(text(plainTwin(report), 'html')));
        }
        if (format === 'markdown')
          expect(shown.split('\n')).toHaveLength(text(plainTwin(report), 'markdown').split('\n').length);
        if (format === 'json') expect(JSON.parse(shown)).toEqual(report);
      }
  });

  it('lose their meaning in Markdown', () => {
    const markdown = text(reportOn('a|b', '[x](y) <b> `c`'), 'markdown');
    expect(markdown).toContain('# Trace quality of a\\|b');
    expect(markdown).toContain('   - In \\[x\\](y) \\<b\\> \\`c\\`');
  });

  it('of examples lead nowhere but to Jaeger', () => {
    const place = failingOperation('s', 'GET /', 'has_server_span', verdicts(0, 80));
    const rows = reportRows({
      verdicts: [serviceVerdicts('s', 'has_server_span', verdicts(0, 80))],
      operations: [{ ...place, failExamples: [{ traceId: '"/../x?y#<', spanId: '">&z' }] }],
    });
    const report = qualityReport({ service: 's', period: PERIOD }, rows, CHECKS);
    expect(text(report, 'html')).toContain(
      'href="http://jaeger:16686/ui/trace/%22%2F..%2Fx%3Fy%23%3C?uiFind=%22%3E%26z"',
    );
  });

  it('in what a check says of itself do no harm either', () => {
    const rows = reportRows({ verdicts: [serviceVerdicts('s', 'x', verdicts(0, 80))] });
    const checks = [checkInfo('x', { fix: 'Use <b> & "c".' })];
    const report = qualityReport({ service: 's', period: PERIOD }, rows, checks);
    expect(text(report, 'html')).toContain('Use &lt;b&gt; &amp; &quot;c&quot;.');
  });

  /** The same report of a harmless name. */
  function plainTwin({ service }: QualityReport): QualityReport {
    return service === null ? fleetReport('bad') : reportOn('cart', 'GET /cart');
  }

  function tagsIn(html: string): readonly string[] {
    return [...html.matchAll(/<\/?[a-z][a-z0-9]*/gi)].map(([tag]) => tag.toLowerCase());
  }
});

/** Elements that are open at the end, or were closed out of turn. */
function unclosed(html: string): readonly string[] {
  const VOID = new Set(['meta', 'br']);
  const open: string[] = [];
  for (const [, slash, name, , end] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*?)(\/?)>/gi))
    if (slash === '/') {
      if (open.pop() !== name) return [`</${name}>`];
    } else if (end !== '/' && !VOID.has(name!)) open.push(name!);
  return open;
}
