/** Whose turn it is, and what becomes of a turn that nobody takes. */
import { expect, it } from 'vitest';
import { Admission } from '../../../src/api/admission.ts';

const never = new AbortController().signal;

it('one who gave up while waiting keeps neither a place in the queue nor a turn', async () => {
  const admission = new Admission({ runningMax: 1, waitingMax: 1 });
  const leave = await admission.enter('a', never);
  const gone = new AbortController();
  const givenUp = expect(admission.enter('a', gone.signal)).rejects.toThrow('given up while it waited');
  await expect(admission.enter('a', never)).rejects.toThrow('too many queries');
  gone.abort();
  await givenUp;
  const waiting = admission.enter('a', never);
  leave();
  // It is the next one's turn, and after it anybody's.
  (await waiting)();
  (await admission.enter('a', never))();
});

it('turns come in the order of asking, and one tenant takes none of another', async () => {
  const admission = new Admission({ runningMax: 1, waitingMax: 2 });
  const order: string[] = [];
  const leave = await admission.enter('a', never);
  const turns = ['first', 'second'].map(async (name) => {
    const done = await admission.enter('a', never);
    order.push(name);
    done();
  });
  (await admission.enter('b', never))();
  expect(order).toEqual([]);
  leave();
  await Promise.all(turns);
  expect(order).toEqual(['first', 'second']);
});
