/**
 * What a check says of a trace of text: text in, text out. Spans are written as in trace-text.ts, and may have more words: `"GET /"` names the
 * span, `res:service.version=1` is an attribute of its resource, `late` has it end a month before its record, `sampled` stand for two, `ok` have
 * status ok, `reversed` end before it starts, `oversized` have too many attributes.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { type QualityOptions, quality } from '../../operators/quality.ts';
import type { Check } from '../../operators/quality-check.ts';
import { QUALITY_TABLE } from '../../operators/quality-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import { BASE_MS, type PlainSpan } from './plain-span.ts';
import { SMALL, batchOf, openPartition, rowsNamed } from './run-partition.ts';
import { span } from './trace-text.ts';

export const QUALITY_OPTIONS: QualityOptions = {
  clockToleranceUs: 500_000,
  durationUsMax: 86_400_000_000,
  minimumVersions: { 'go/opentelemetry': '1.28.0', 'go/jaeger': '2.30.0' },
  limits: { servicesPerTenantMax: 1000, operationsPerServiceMax: 1000, rowsPerTenantMax: 10_000 },
};

const MONTH_NS = 30n * 86_400n * 1_000_000_000n;

/** Spans of a text, one a line; a span's id is the number of its line. */
export function qualitySpans(text: string): PlainSpan[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(spanOf);
}

function spanOf(line: string, at: number): PlainSpan {
  const name = /"([^"]*)"/.exec(line)?.[1];
  const words = line.replace(/"[^"]*"/, '').split(/\s+/);
  const own = words.filter((word) => /^(late|sampled|ok|reversed|oversized|res:.*)$/.test(word));
  let made = span(words.filter((word) => !own.includes(word)).join(' '), at + 1);
  // The text as the name would hold numbers.
  made = { ...made, operation: name ?? `op ${String.fromCharCode(97 + at)}` };
  for (const word of own) made = { ...made, ...meaningOf(word, made) };
  return made;
}

function meaningOf(word: string, { startNs, endNs, resource }: PlainSpan): Partial<PlainSpan> {
  if (word === 'late') return { startNs: startNs - MONTH_NS, endNs: endNs - MONTH_NS };
  if (word === 'sampled') return { weight: 2 ** 21 };
  if (word === 'ok') return { status: 1 };
  if (word === 'oversized') return { isOversized: true };
  if (word === 'reversed') return { endNs: startNs - 1n };
  const [key, ...value] = word.slice('res:'.length).split('=');
  return { resource: { ...resource, [key!]: value.join('=') } };
}

/** The rows of checks on spans, each a message of its own. */
export function qualityRowsOf(checks: readonly Check[], spans: readonly PlainSpan[]): readonly Rows[] {
  const log = spans.map((one) => ({ recordMs: BASE_MS, spans: [one] }));
  const options = { ...SMALL, slotMessages: 1_000_000, lookbackSpans: spans.length + 1 };
  const partition = openPartition(log, options, undefined, [quality(checks, QUALITY_OPTIONS, 1)]);
  partition.read(batchOf(log, 0, log.length));
  return partition.flush().rows;
}

/** Lines such as `cart: 2 passed, 1 failed`, by service; what was taken back is not counted. */
export function verdictsOf(check: Check, spans: readonly PlainSpan[]): string[] {
  const services = new Map<string, { judged: number; passed: number; exempt: number }>();
  for (const { length, columns } of rowsNamed(qualityRowsOf([check], spans), QUALITY_TABLE))
    for (let at = 0; at < length; at++) {
      const net = (column: string): number =>
        (columns[column]![at] as number) - (columns[`${column}_moved`]![at] as number);
      const service = columns['service']![at] as string;
      const sum = services.get(service) ?? { judged: 0, passed: 0, exempt: 0 };
      sum.judged += net('judged');
      sum.passed += net('passed');
      sum.exempt += net('exempt');
      services.set(service, sum);
    }
  return [...services]
    .map(([service, { judged, passed, exempt }]) => {
      const counts = { passed, failed: judged - passed - exempt, exempt };
      const told = Object.entries(counts).flatMap(([word, count]) => (count === 0 ? [] : `${count} ${word}`));
      return `${service}: ${told.join(', ')}`;
    })
    .filter((line) => !line.endsWith(': '))
    .sort();
}

/** Expects these verdicts whatever order the spans arrive in. */
export function expectVerdicts(check: Check, text: string, expected: readonly string[]): void {
  const given = qualitySpans(text);
  expect(verdictsOf(check, given)).toEqual(expected);
  fc.assert(
    fc.property(fc.shuffledSubarray(given, { minLength: given.length }), (order) => {
      expect(verdictsOf(check, order)).toEqual(expected);
    }),
    { numRuns: 10 },
  );
}
