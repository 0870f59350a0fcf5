import { expect, it } from 'vitest';
import { masked, Secret } from '../../../src/config/secret.ts';

it('what others say is shown without the secrets of this process', () => {
  for (const text of ['open sesame$&', 'four']) new Secret(text);
  expect(masked('GET /?p=open%20sesame%24%26&q=1: no open sesame$& here, nor Four, four')).toBe(
    'GET /?p=***&q=1: no *** here, nor Four, ***',
  );
});

it('a secret of a letter or two does not blank out every word', () => {
  new Secret('no');
  expect(masked('no such table')).toBe('no such table');
});

it.each([
  ['authorization: Basic d2VpcjpzZWNyZXQ=\r\nhost: a', 'authorization: ***\r\nhost: a'],
  ['Authorization: Bearer abc\nhost: a', 'Authorization: ***\nhost: a'],
  ['{"authorization":"Bearer abc","host":"a"}', '{"authorization":"***","host":"a"}'],
  ["{ 'X-ClickHouse-Key': 'abc' }", "{ 'X-ClickHouse-Key': '***' }"],
  ['proxy-authorization=Basic abc', 'proxy-authorization=***'],
  ['authorization failed for user weir', 'authorization failed for user weir'],
])('credentials of a request that is repeated: %s', (said, shown) => {
  expect(masked(said)).toBe(shown);
});
