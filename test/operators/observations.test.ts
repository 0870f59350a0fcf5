import { expect, test } from 'vitest';
import { Observations } from '../../operators/observations.ts';

test('counts per tenant and observation, and starts again once taken', () => {
  const observations = new Observations();
  observations.add('acme', 'late', 1);
  observations.add('acme', 'late', 2);
  observations.add('umbra', 'duplicate', 1);
  const { length, columns } = observations.take();
  expect(length).toBe(2);
  expect(columns).toEqual({ tenant: ['acme', 'umbra'], observation: ['late', 'duplicate'], spans: [3, 1] });
  expect(observations.take().length).toBe(0);
});
