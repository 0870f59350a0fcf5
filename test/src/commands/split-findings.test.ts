import { expect, it } from 'vitest';
import { splitFinding } from '../../../src/commands/split-findings.ts';

it.each([
  [0, 0, 'ok'],
  [1000, 0, 'ok'],
  [1000, 10, 'ok'],
  [1000, 11, 'warn'],
  [3, 2, 'warn'],
] as const)('of %d traces, %d of them split, it says %s', (sampled, split, verdict) => {
  expect(splitFinding('spans', { sampled, split }).verdict).toBe(verdict);
});

it('names the ways out', () => {
  expect(splitFinding('spans', { sampled: 3, split: 2 }).text).toBe(
    'topic spans: 2 of the last 3 traces lie on several partitions, so that dependencies and paths miss calls; ' +
      "have the exporter key messages by trace id (`partition_traces_by_id: true` of OpenTelemetry's and Jaeger's kafka exporter), or set `rekey: true` for the topic",
  );
});
