import { expect, test } from 'vitest';
import { watchTraces } from '../../../src/commands/watch-traces.ts';
import type { Logger } from '../../../src/log.ts';
import { createTelemetry } from '../../../src/telemetry.ts';

function watched() {
  const warnings: string[] = [];
  const log = {
    warn: (details: object, text: string) => warnings.push(`${JSON.stringify(details)} ${text}`),
  };
  const telemetry = createTelemetry({ hasProcessMetrics: false });
  return { warnings, telemetry, observer: watchTraces(telemetry, log as unknown as Logger) };
}

test('split traces are told once a topic, when they are no accident', () => {
  const { warnings, observer } = watched();
  for (let read = 0; read < 9; read++) observer.traces('a', 2, 1);
  expect(warnings).toEqual([]);
  observer.traces('b', 100_000, 900);
  expect(warnings).toEqual([]);
  for (let read = 0; read < 9; read++) observer.traces('a', 2, 1);
  expect(warnings).toEqual([
    expect.stringMatching(/^\{"topic":"a","sampledTraces":20,"splitTraces":10\} .*set `rekey: true`/),
  ]);
});

test('outdated stubs are told once a topic; repeated ones are as they should be', async () => {
  const { warnings, telemetry, observer } = watched();
  observer.passedOver('s', 5, 0);
  expect(warnings).toEqual([]);
  observer.passedOver('s', 0, 2);
  observer.passedOver('s', 0, 3);
  expect(warnings).toEqual([expect.stringContaining('does another Weir write to this topic?')]);
  let text = '';
  for await (const part of telemetry.render()) text += part;
  expect(text).toContain('weir_passed_over_stubs_total{topic="s",reason="repeated"} 5');
  expect(text).toContain('weir_passed_over_stubs_total{topic="s",reason="outdated"} 5');
});
