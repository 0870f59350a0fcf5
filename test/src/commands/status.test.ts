/** Whether a process says that it works, and how current it says its answers are. */
import { describe, expect, it } from 'vitest';
import { freshnessOf, statusOf } from '../../../src/commands/status.ts';
import { loadConfig } from '../../../src/config/load.ts';

const { config } = await loadConfig({ environment: {} });
const NOW_MS = 10_000_000;

function partition(lagMessages: number, watermarkMs: number) {
  return {
    topic: 't',
    partition: 0,
    generation: 0,
    hi: 0,
    lagMessages,
    watermarkMs,
    neighbourhoodSeconds: 0,
  };
}

describe('what a process serves', () => {
  function freshness(lastAcknowledgedMs: number, ...partitions: readonly ReturnType<typeof partition>[]) {
    return freshnessOf({ lastAcknowledgedMs, partitions: () => partitions }, config, NOW_MS);
  }

  it('is as current as the last flush, where everything is read, however old that is', () => {
    expect(freshness(NOW_MS - 4000, partition(0, 5), partition(0, Number.NaN))).toEqual({
      untilMs: NOW_MS - 4000,
      isStale: false,
    });
  });

  it('is as current as the newest record read, of the partition that is furthest behind', () => {
    const found = freshness(
      NOW_MS - 4000,
      partition(0, 5),
      partition(9, NOW_MS - 9000),
      partition(1, 7_000_000),
    );
    expect(found).toEqual({ untilMs: 7_000_000, isStale: true });
    expect(freshness(NOW_MS, partition(9, NOW_MS - 9000)).isStale).toBe(false);
  });

  it('is stale where rows are not acknowledged', () => {
    expect(freshness(NOW_MS - 70_000, partition(0, NOW_MS)).isStale).toBe(false);
    expect(freshness(NOW_MS - 70_001, partition(0, NOW_MS))).toEqual({
      untilMs: NOW_MS - 70_001,
      isStale: true,
    });
  });

  it('is stale before anything is read, and unknown where nothing is to be', () => {
    expect(freshness(NOW_MS, partition(9, Number.NaN))).toEqual({ untilMs: undefined, isStale: true });
    expect(freshness(NOW_MS)).toEqual({ untilMs: undefined, isStale: false });
  });
});

describe('a process', () => {
  const answering = { isAnswering: true };

  it('is ready while flushes are acknowledged', () => {
    const engine = { failure: undefined, lastAcknowledgedMs: NOW_MS - 25_000 };
    expect(statusOf(engine, answering, config, NOW_MS)).toEqual({ isLive: true, isReady: true, reasons: [] });
    expect(statusOf(engine, answering, config, NOW_MS + 1)).toMatchObject({ isReady: false });
    expect(statusOf({ ...engine, failure: new Error('secret') }, answering, config, NOW_MS).reasons).toEqual([
      'rows cannot be written; reading waits and nothing is lost',
    ]);
  });

  it('is not ready while its store does not answer, flush or not', () => {
    const engine = { failure: undefined, lastAcknowledgedMs: NOW_MS };
    expect(statusOf(engine, { isAnswering: false }, config, NOW_MS)).toEqual({
      isLive: true,
      isReady: false,
      reasons: ['the store does not answer'],
    });
  });
});
