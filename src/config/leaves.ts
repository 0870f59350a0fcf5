/**
 * The leaves of the schema, in its order: every key a user can set, with the environment variable that overrides it. Keys inside a
 * list (`kafka.topics[].name`) have none: a list is overridden whole.
 */
import { z } from 'zod';
import { environmentName } from './environment-name.ts';
import { SCHEMA } from './schema.ts';

export interface Leaf {
  /** `kafka.clientId` */
  readonly key: string;
  readonly path: readonly string[];
  readonly description: string;
  /** What a value looks like: `text`, `integer`, `true or false`, `list`, or the words allowed. */
  readonly type: string;
  readonly defaultValue: unknown;
  readonly isRequired: boolean;
  /** Undefined inside lists. */
  readonly environmentName: string | undefined;
}

type Node = z.core.JSONSchema.BaseSchema;

const ROOT: Node = z.toJSONSchema(SCHEMA, { io: 'input', unrepresentable: 'any' });

export const LEAVES: readonly Leaf[] = leavesOf(ROOT, []);

/** Keys the schema knows at a path; indexes into lists may be numbers. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let node: Node | undefined = ROOT;
  for (const step of path) node = typeof step === 'number' ? itemsOf(node) : propertyOf(node, String(step));
  return Object.keys(node?.properties ?? {});
}

function leavesOf(node: Node, path: readonly string[]): Leaf[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): Leaf[] => {
    if (typeof child === 'boolean') return [];
    const childPath = [...path, name];
    if (child.properties !== undefined) return leavesOf(child, childPath);
    const items = itemsOf(child);
    const own = leaf(node, child, name, childPath);
    return items?.properties === undefined ? [own] : [own, ...leavesOf(items, [...path, `${name}[]`])];
  });
}

function leaf(parent: Node, node: Node, name: string, path: readonly string[]): Leaf {
  const isInList = path.some((step) => step.endsWith('[]'));
  return {
    key: path.join('.'),
    path,
    description: node.description ?? '',
    type: typeOf(node),
    defaultValue: node.default,
    isRequired: (parent.required ?? []).includes(name),
    environmentName: isInList ? undefined : environmentName(path),
  };
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map(String).join(', ');
  if (node.anyOf !== undefined)
    return node.anyOf.map((option) => (typeof option === 'boolean' ? '' : typeOf(option))).join(' or ');
  if (node.type === 'array') return 'list';
  if (node.type === 'boolean') return 'true or false';
  return node.type === 'string' ? 'text' : String(node.type);
}

function itemsOf(node: Node | undefined): Node | undefined {
  const items = node?.items;
  return typeof items === 'object' && !Array.isArray(items) ? items : undefined;
}

function propertyOf(node: Node | undefined, name: string): Node | undefined {
  const property = node?.properties?.[name];
  return typeof property === 'object' ? property : undefined;
}
