import { afterEach, expect, it, vi } from 'vitest';
import { Pauses } from '../../../src/sources/pauses.ts';

afterEach(() => void vi.useRealTimers());

it('stopping ends the wait under way, and there is none afterwards', async () => {
  vi.useFakeTimers();
  const pauses = new Pauses();
  const waiting = pauses.wait(1000);
  expect([pauses.isOver, vi.getTimerCount()]).toEqual([false, 1]);
  pauses.stop();
  await waiting;
  await pauses.wait(1000);
  expect([pauses.isOver, vi.getTimerCount()]).toEqual([true, 0]);
});

it('else it lasts as long as asked', async () => {
  vi.useFakeTimers();
  let isDone = false;
  void new Pauses().wait(1000).then(() => (isDone = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(isDone).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isDone).toBe(true);
});
