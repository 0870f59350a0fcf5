import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { bearerCheck } from '../../../src/api/access.ts';
import { readSource } from '../../support/source-tree.ts';

const check = bearerCheck({ tokens: ['first-token', 'second-token'], allowUnauthenticated: false });

function isLetIn(authorization: string | undefined): boolean {
  try {
    check({ headers: { authorization } } as FastifyRequest);
    return true;
  } catch {
    return false;
  }
}

test('each of the tokens opens, and nothing that is like one', () => {
  expect(['Bearer first-token', 'bearer second-token'].map(isLetIn)).toEqual([true, true]);
  const others = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer first-toke',
    'Bearer first-tokenn',
    'Basic first-token',
  ];
  expect(others.filter(isLetIn)).toEqual([]);
  expect(['Bearer FIRST-TOKEN', 'first-token', 'Bearer first-token,second-token'].filter(isLetIn)).toEqual(
    [],
  );
});

test('a token is compared by its digest, in constant time, with every known one', () => {
  const body = /export function bearerCheck[^]*?\n}\n/.exec(readSource('src/api/access.ts').text)![0];
  expect(body).toContain('for (const known of digests) isKnown = timingSafeEqual(known, given) || isKnown;');
  expect(body).not.toMatch(/tokens\.(includes|indexOf|some|find)|return true|break/);
});
