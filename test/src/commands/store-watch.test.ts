import { expect, it } from 'vitest';
import { watchStore } from '../../../src/commands/store-watch.ts';
import { SYSTEM_CLOCK } from '../../../src/engine/clock.ts';

/** Ticks when told, and lets no time pass but what a test says. */
function manualClock() {
  let tick = (): void => {};
  let timeout = (): void => {};
  const clock = {
    ...SYSTEM_CLOCK,
    every: (_ms: number, action: () => void) => {
      tick = action;
      return () => (tick = () => {});
    },
    after: (_ms: number, action: () => void) => {
      timeout = action;
      return () => (timeout = () => {});
    },
  };
  const settled = async (act: () => void): Promise<void> => {
    act();
    await new Promise(setImmediate);
  };
  return { clock, tick: () => settled(() => tick()), timeOut: () => settled(() => timeout()) };
}

it('knows by the next question whether the store answers, and again when it does', async () => {
  const { clock, tick } = manualClock();
  let isAway = false;
  const query = async (): Promise<never[]> => (isAway ? Promise.reject(new Error('refused')) : []);
  const watch = watchStore({ query }, clock);
  expect(watch.isAnswering).toBe(true);
  isAway = true;
  await tick();
  expect(watch.isAnswering).toBe(false);
  isAway = false;
  await tick();
  expect(watch.isAnswering).toBe(true);
});

it('gives a mute store up after a while, and asks it no second question meanwhile', async () => {
  const { clock, tick, timeOut } = manualClock();
  let questions = 0;
  const query = (_sql: string, _params: object, signal?: AbortSignal): Promise<never[]> => {
    questions++;
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted'))));
  };
  const watch = watchStore({ query }, clock);
  await tick();
  await tick();
  expect([questions, watch.isAnswering]).toEqual([1, true]);
  await timeOut();
  expect(watch.isAnswering).toBe(false);
  await tick();
  expect(questions).toBe(2);
  watch.stop();
  await timeOut();
  await tick();
  expect(questions).toBe(2);
});
