import { expect, it } from 'vitest';
import { didYouMean, suggestion } from '../../../src/config/suggest.ts';

it.each([
  ['client_id', 'clientId'],
  ['brokres', 'brokers'],
  ['host', 'host'],
  ['zzz', undefined],
])('%s was meant to be %s', (word, expected) => {
  expect(suggestion(word, ['clientId', 'brokers', 'host'])).toBe(expected);
});

it('says nothing where nothing is near', () => {
  expect(didYouMean('zzzz', ['brokers'])).toBe('');
});
