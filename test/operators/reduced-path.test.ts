import { expect, test } from 'vitest';
import { entriesOf, extendedPath } from '../../operators/reduced-path.ts';

test('entries come from the root down', () => {
  const path = extendedPath(extendedPath(undefined, 'web', 'GET /'), 'cart', 'add');
  expect(path.length).toBe(2);
  expect(entriesOf(path).map(({ service, operation }) => `${service} ${operation}`)).toEqual([
    'web GET /',
    'cart add',
  ]);
});

test('names tell paths apart, whatever bytes their entries hold', () => {
  const one = (service: string, operation: string): string =>
    extendedPath(undefined, service, operation).name;
  const two = (service: string, operation: string): string =>
    extendedPath(extendedPath(undefined, service, operation), 'a', 'b').name;
  const names = [
    one('ab', 'c'),
    one('a', 'bc'),
    one('', 'abc'),
    one('a', 'b1 1 ab'),
    two('a', 'b'),
    two('a1', '1 b'),
  ];
  expect(new Set(names).size).toBe(names.length);
});
