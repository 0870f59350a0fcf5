import { NONE } from '../../operators/span-ring.ts';
import { expect, test } from 'vitest';
import { callOf } from '../../operators/call.ts';
import { heldSpans } from '../support/held-spans.ts';

function call(text: string, hasCaller = true, hasCallee = true): ReturnType<typeof callOf> {
  const { neighbourhood, placeOf } = heldSpans(text);
  return callOf(neighbourhood.spans, hasCaller ? placeOf(1) : NONE, hasCallee ? placeOf(2) : NONE);
}

test('each side says how long it took and whether it failed, both how long the way was', () => {
  const both = 'web client x @0+900\ncart server < 1 @100+500';
  expect(call(both)).toMatchObject({ clientUs: 900, serverUs: 500, networkUs: 100 });
  expect(call(both)).toMatchObject({ isClientError: true, isServerError: false });
  expect(call('shop producer\nmail consumer < 1 x')).toMatchObject({
    clientUs: 1000,
    serverUs: 1000,
    isServerError: true,
  });
});

test('a side that is missing, or of another kind, took no time', () => {
  const none = { clientUs: undefined, networkUs: undefined, isClientError: false };
  expect(call('web server x\ncart server < 1')).toMatchObject({ ...none, serverUs: 1000 });
  expect(call('web client x\ncart server < 1', false)).toMatchObject({ ...none, serverUs: 1000 });
  expect(call('web client x\ncart server < 1', true, false)).toMatchObject({
    clientUs: 1000,
    serverUs: undefined,
    networkUs: undefined,
    isClientError: true,
  });
});

test('a callee of any kind may fail; one that starts first has no network time', () => {
  expect(call('web client @0+900\ncart client < 1 x @-1+5')).toMatchObject({
    serverUs: undefined,
    networkUs: undefined,
    isServerError: true,
  });
  expect(call('web client @0+900\ncart server < 1 @-1+5').networkUs).toBeUndefined();
});
