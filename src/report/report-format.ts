/** A report in the format that was asked for. */
import type { Colors } from '../terminal.ts';
import type { QualityReport } from './quality-report.ts';
import { htmlText } from './report-html.ts';
import { markdownText } from './report-markdown.ts';
import { reportPage } from './report-page.ts';
import { tableText } from './report-table.ts';

export const REPORT_FORMATS = ['table', 'markdown', 'html', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface Presentation {
  readonly format: ReportFormat;
  /** Address of the Jaeger UI to link traces in, without a final slash. */
  readonly jaegerUrl: string;
  /** For the terminal. */
  readonly colors: Colors;
}

export function reportText(report: QualityReport, { format, jaegerUrl, colors }: Presentation): string {
  if (format === 'json') return `${JSON.stringify(report, undefined, 2)}\n`;
  const page = reportPage(report, jaegerUrl);
  if (format === 'html') return htmlText(page, report);
  return format === 'markdown' ? markdownText(page) : tableText(page, colors);
}
