/** What a record's time says of how current the counts are. */
import { describe, expect, it } from 'vitest';
import { freshnessOf } from '../../../src/commands/status.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { newerOf } from '../../../src/engine/watermark.ts';
import { readMessages } from '../../../src/sources/kafka-records.ts';
import { messagesIn } from '../../support/log-recorder.ts';
import { recordBatch } from '../../support/record-batch.ts';
import { batchOf, openPartition, SMALL } from '../../support/run-partition.ts';
import { span } from '../../support/trace-text.ts';

const { config } = await loadConfig({ environment: {} });
const DAY_MS = 86_400_000;

/** What Kafka's reader makes of a record's time. */
function asRead(timestampMs: number): number {
  const bytes = recordBatch(0, [{ offset: 0, timestampMs, value: Buffer.from('x') }]);
  const [message] = [...readMessages(bytes, { fromOffset: 0, aborted: [] })].flatMap(messagesIn);
  return message!.timestampMs;
}

/** How current answers are while a thousand messages wait that are not read yet. */
function freshnessAfter(...recordTimes: readonly number[]) {
  const log = recordTimes.map((recordMs, at) => ({ recordMs, spans: [span('web server', at)] }));
  const partition = openPartition(log, SMALL);
  partition.read(batchOf(log, 0, log.length));
  const { watermarkMs } = partition;
  const one = { topic: 't', partition: 0, generation: 0, hi: 0, neighbourhoodSeconds: 0 };
  const partitions = () => [{ ...one, lagMessages: 1000, watermarkMs }];
  return freshnessOf({ lastAcknowledgedMs: Date.now(), partitions }, config);
}

describe('the time of a record', () => {
  const hourAgo = Date.now() - 3_600_000;

  it.each([
    ['of none', -1],
    ['far before any calendar', -9.2e18],
    ['a year ahead', Date.now() + 365 * DAY_MS],
    ['after any calendar', 9.2e18],
  ])('%s says nothing', (_, claimed) => {
    const recordMs = asRead(claimed);
    expect(freshnessAfter(recordMs)).toEqual({ untilMs: undefined, isStale: true });
    expect(freshnessAfter(hourAgo, recordMs)).toEqual({ untilMs: hourAgo, isStale: true });
    expect(freshnessAfter(recordMs, hourAgo)).toEqual({ untilMs: hourAgo, isStale: true });
  });

  it('counts where it is newer, a clock a little ahead included', () => {
    expect(newerOf(Number.NaN, 0)).toBe(0);
    expect(newerOf(5, 7)).toBe(7);
    expect(newerOf(7, 5)).toBe(7);
    expect(newerOf(7, Number.NaN)).toBe(7);
    const soon = Date.now() + 30_000;
    expect(newerOf(7, soon)).toBe(soon);
  });
});
