import { expect, test } from 'vitest';
import { PathTrie } from '../../operators/path-trie.ts';

/** The node of `web:GET / > cart:add`, of a tenant. */
function nodeOf(trie: PathTrie, text: string, tenant = 'default'): number {
  let node = trie.tenantNode(trie.names.ofText(tenant));
  for (const entry of text.split(' > ')) {
    const [service, operation] = entry.split(':');
    node = trie.child(node, trie.names.ofText(service!), trie.names.ofText(operation!));
  }
  return node;
}

function textOf(trie: PathTrie, node: number): string {
  const { services, operations } = trie.text(node);
  return services.map((service, at) => `${service}:${operations[at]!}`).join(' > ');
}

const PATHS = ['a:b', 'a:c', 'b:a', 'a:b > a:b', ': > a:b', 'a:b > a:c', 'web:GET / > cart:add > pay:charge'];

test('equal paths of a tenant are one node, which tells entries, service, tenant and text', () => {
  const trie = new PathTrie(7);
  const nodes = PATHS.map((text) => nodeOf(trie, text));
  expect(new Set(nodes).size).toBe(PATHS.length);
  expect(PATHS.map((text) => nodeOf(trie, text))).toEqual(nodes);
  expect(nodes.map((node) => textOf(trie, node))).toEqual(PATHS);
  expect(nodes.map((node) => trie.length(node))).toEqual([1, 1, 1, 2, 2, 2, 3]);
  expect(nodes.map((node) => trie.names.text(trie.service(node)))).toEqual([
    'a',
    'a',
    'b',
    'a',
    'a',
    'a',
    'pay',
  ]);
  expect(nodes.map((node) => trie.tenant(node))).toEqual(nodes.map(() => 'default'));
});

test('tenants have paths of their own, and a path without entries', () => {
  const trie = new PathTrie(7);
  const own = nodeOf(trie, 'a:b', 'a');
  const other = nodeOf(trie, 'a:b', 'b');
  expect(other).not.toBe(own);
  expect([own, other].map((node) => trie.tenant(node))).toEqual(['a', 'b']);
  expect(trie.length(trie.tenantOf(own))).toBe(0);
});

test('of many paths none is taken for another', () => {
  const trie = new PathTrie(7);
  const texts = Array.from({ length: 3000 }, (_, at) => `a:${at % 30} > b:${at % 100} > c:${at}`);
  const nodes = texts.map((text) => nodeOf(trie, text));
  expect(nodes.map((node) => textOf(trie, node))).toEqual(texts);
});

test('a row is remembered for its slot and window alone', () => {
  const trie = new PathTrie(7);
  const node = nodeOf(trie, 'a:b');
  expect(trie.rowIn(node, 1, 0)).toBe(-1);
  trie.rememberRow(node, 1, 5, 3);
  expect([trie.rowIn(node, 1, 5), trie.rowIn(node, 1, 6), trie.rowIn(node, 2, 5)]).toEqual([3, -1, -1]);
});

test('nodes that nobody holds are left out, and the others are the same under new numbers', () => {
  const trie = new PathTrie(7);
  const nodes = PATHS.map((text) => nodeOf(trie, text));
  const size = trie.size;
  trie.rememberRow(nodes[5]!, 1, 5, 3);
  const used = new Uint8Array(size);
  const renamed = new Int32Array(size);
  used[nodes[5]!] = used[nodes[6]!] = 1;
  const fresh = trie.compacted(used, renamed);
  // Its tenant's node, two paths, and those above them.
  expect(fresh.size).toBe(1 + 1 + 2 + 3);
  for (const at of [5, 6]) {
    expect(textOf(fresh, renamed[nodes[at]!]!)).toBe(PATHS[at]);
    expect(nodeOf(fresh, PATHS[at]!)).toBe(renamed[nodes[at]!]);
    expect(fresh.tenant(renamed[nodes[at]!]!)).toBe('default');
  }
  expect(fresh.rowIn(renamed[nodes[5]!]!, 1, 5)).toBe(3);
  expect(renamed[nodes[2]!]).toBe(0);
});
