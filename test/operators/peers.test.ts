/** Which peer a CLIENT span's attributes name, by today's semantic conventions and those before. */
import { describe, expect, test } from 'vitest';
import { PEER_ATTRIBUTES } from '../../operators/peers.ts';
import { edges } from '../support/edge-text.ts';
import { span } from '../support/trace-text.ts';

/** The peer of one CLIENT span with these attributes: `name type`. */
function peer(attributes: Readonly<Record<string, string>>, kind = 'client'): string {
  const found = edges([{ ...span(`web ${kind}`), attributes }]);
  return found.map((edge) => edge.replace(/^web > (.*) 1$/, '$1')).join();
}

describe('a database', () => {
  test.each([
    [{ 'db.system.name': 'postgresql' }, 'postgresql database'],
    [{ 'db.system': 'redis' }, 'redis database'],
    [{ 'db.system.name': 'postgresql', 'db.system': 'other_sql' }, 'postgresql database'],
    [{ 'db.system': 'mysql', 'db.name': 'shop' }, 'shop database'],
    [{ 'db.system.name': 'mysql', 'db.namespace': 'shop' }, 'shop database'],
    [{ 'db.system.name': 'mysql', 'db.namespace': 'new', 'db.name': 'old' }, 'new database'],
    [{ 'db.system': 'mysql', 'server.address': 'db.internal' }, 'mysql database'],
    [{ 'db.system': 'mysql', 'db.name': 'shop', 'peer.service': 'orders-db' }, 'orders-db database'],
    [{ 'db.system': 'mysql', 'db.name': '' }, 'mysql database'],
  ])('%j is %s', (attributes, expected) => expect(peer(attributes)).toBe(expected));

  test('is one only where a system is named', () => {
    expect(peer({ 'db.name': 'shop' })).toBe('');
  });
});

describe('an external service', () => {
  const addresses = [
    'server.address',
    'net.peer.name',
    'http.host',
    'network.peer.address',
    'net.sock.peer.addr',
  ];

  test.each(addresses)('is named by %s', (key) => {
    expect(peer({ [key]: 'api.example' })).toBe('api.example external');
  });

  test('is named by the first of them, and by peer.service before all', () => {
    const all = Object.fromEntries(addresses.map((key) => [key, `by ${key}`]));
    for (let dropped = 0; dropped < addresses.length; dropped++) {
      const rest = Object.fromEntries(addresses.slice(dropped).map((key) => [key, all[key]!]));
      expect(peer(rest)).toBe(`by ${addresses[dropped]} external`);
    }
    expect(peer({ ...all, 'peer.service': 'bank' })).toBe('bank external');
    expect(peer({ ...all, 'peer.service': '' })).toBe('by server.address external');
  });

  test('is nobody without attributes, with empty ones, or with the caller’s own name', () => {
    expect(peer({})).toBe('');
    expect(peer({ 'server.address': '' })).toBe('');
    expect(peer({ 'peer.service': 'web' })).toBe('');
  });
});

test.each(['unspecified', 'internal', 'server', 'producer', 'consumer'])(
  'a span of kind %s names none',
  (kind) => {
    expect(peer({ 'peer.service': 'bank', 'db.system': 'redis' }, kind)).toBe('');
  },
);

test.each([
  [
    { 'messaging.destination.name': 'orders', 'messaging.destination': 'old', 'messaging.system': 'kafka' },
    'orders',
  ],
  [{ 'messaging.destination': 'old', 'messaging.system': 'kafka' }, 'old'],
  [{ 'messaging.system': 'kafka' }, 'kafka'],
])('a broker of %j is %s', (attributes, broker) => {
  const both = ['producer', 'consumer'].flatMap((kind) =>
    edges([{ ...span(`web ${kind}`), attributes }], { hasBrokers: true }),
  );
  expect(both).toEqual([`web > ${broker} messaging 1`, `${broker} > web messaging 1`]);
});

test('every attribute is asked for once', () => {
  expect(new Set(PEER_ATTRIBUTES).size).toBe(PEER_ATTRIBUTES.length);
});
