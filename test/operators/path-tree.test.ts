import { expect, test } from 'vitest';
import { PathNode, type ReducedPath } from '../../operators/path-tree.ts';

/** `web:GET / > cart:add` */
function pathOf(text: string): ReducedPath {
  let path: ReducedPath | undefined;
  for (const entry of text.split(' > ')) {
    const [service, operation] = entry.split(':');
    path = { above: path, service: service!, operation: operation!, length: (path?.length ?? 0) + 1 };
  }
  return path!;
}

const textOf = (node: PathNode | undefined): string | undefined =>
  node?.entries.map(({ service, operation }) => `${service}:${operation}`).join(' > ');

test('a path that was grown is found, as one node; so is every path above it', () => {
  const root = PathNode.root();
  const node = root.grow(pathOf('web:GET / > cart:add > pay:charge'));
  expect(root.find(pathOf('web:GET / > cart:add > pay:charge'))).toBe(node);
  expect(root.grow(pathOf('web:GET / > cart:add > pay:charge'))).toBe(node);
  expect(textOf(node)).toBe('web:GET / > cart:add > pay:charge');
  expect(textOf(root.find(pathOf('web:GET / > cart:add')))).toBe('web:GET / > cart:add');
});

test('other paths are other nodes, or none', () => {
  const root = PathNode.root();
  const nodes = ['a:b', 'a:c', 'b:a', 'a:b > a:b', ': > a:b', 'a:b > a:c'].map((text) =>
    root.grow(pathOf(text)),
  );
  expect(new Set(nodes).size).toBe(nodes.length);
  for (const text of ['b:b', 'a:b > a:b > a:b', 'b:a > a:b', 'x:y > a:b'])
    expect(root.find(pathOf(text))).toBeUndefined();
});
