/**
 * Reduced paths as nodes of one trie: a node is a path, told by the node of the path above it and the names of its last entry. Equal paths
 * are one number. A tenant's paths lie below a node of its own, which is the path without entries.
 *
 * Nodes are numbered as they are made, so a node comes after those above it; which number a path has carries no meaning. Where too many
 * nodes have come together, those that nobody holds are left out and the others renumbered: see `compacted`.
 */
import { grown } from './columns.ts';
import { PathNames } from './path-names.ts';

/** Words of a node: what it is, then the row that counted it last (see PathSlot), in half a cache line. */
const WORDS = 8;
const ABOVE = 0;
const SERVICE = 1;
const OPERATION = 2;
const LENGTH = 3;
const TENANT = 4;
const SLOT = 5;
const WINDOW = 6;
const ROW = 7;

/** No node: what lies above a tenant's. */
const TOP = 0;
/** The operation of a tenant's node. */
const NO_NAME = -1;

/** What a path looks like in a row. */
export interface PathText {
  readonly services: readonly string[];
  readonly operations: readonly string[];
}

export class PathTrie {
  readonly names = new PathNames();
  /** Nodes, and 1 for TOP. */
  size = 1;
  readonly #seed: number;
  #nodes = new Int32Array(1024 * WORDS);
  /** Nodes by what they are; 0 where free. */
  #slots = new Int32Array(2048);
  #texts: (PathText | undefined)[] = [];

  /** `seed` places nodes and changes no result: nobody can craft paths that collide. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The node of a tenant, by its name. */
  tenantNode(tenant: number): number {
    return this.child(TOP, tenant, NO_NAME);
  }

  /** The node of the path that has one entry more. */
  child(above: number, service: number, operation: number): number {
    const nodes = this.#nodes;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#hash(above, service, operation) & mask;
    for (let node = slots[slot]!; node !== 0; node = slots[slot]!) {
      const at = node * WORDS;
      if (
        nodes[at + ABOVE] === above &&
        nodes[at + SERVICE] === service &&
        nodes[at + OPERATION] === operation
      )
        return node;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, above, service, operation);
  }

  /** Service of the path's last entry, by its name. Of a path without entries it is no service: a tenant's. */
  service(node: number): number {
    return this.#nodes[node * WORDS + SERVICE]!;
  }

  /** Entries of the path. */
  length(node: number): number {
    return this.#nodes[node * WORDS + LENGTH]!;
  }

  /** The node of the tenant. */
  tenantOf(node: number): number {
    return this.#nodes[node * WORDS + TENANT]!;
  }

  /** The row remembered for a slot and a window, or -1. */
  rowIn(node: number, slot: number, window: number): number {
    const at = node * WORDS;
    return this.#nodes[at + SLOT] === slot && this.#nodes[at + WINDOW] === window
      ? this.#nodes[at + ROW]!
      : -1;
  }

  rememberRow(node: number, slot: number, window: number, row: number): void {
    const at = node * WORDS;
    this.#nodes[at + SLOT] = slot;
    this.#nodes[at + WINDOW] = window;
    this.#nodes[at + ROW] = row;
  }

  tenant(node: number): string {
    return this.names.text(this.service(this.tenantOf(node)));
  }

  /** The path of a node: spelt once, and shared by all its rows. */
  text(node: number): PathText {
    return (this.#texts[node] ??= this.#spell(node));
  }

  /** A trie of the nodes that are marked and of those above them, and in `renamed` the new number of each. */
  compacted(used: Uint8Array, renamed: Int32Array): PathTrie {
    const nodes = this.#nodes;
    const fresh = new PathTrie(this.#seed);
    for (let node = this.size - 1; node > TOP; node--)
      if (used[node] === 1) used[nodes[node * WORDS + ABOVE]!] = 1;
    for (let node = TOP + 1; node < this.size; node++) {
      if (used[node] !== 1) continue;
      const at = node * WORDS;
      const operation = nodes[at + OPERATION]!;
      const its = (renamed[node] = fresh.child(
        renamed[nodes[at + ABOVE]!]!,
        fresh.names.ofText(this.names.text(nodes[at + SERVICE]!)),
        operation === NO_NAME ? NO_NAME : fresh.names.ofText(this.names.text(operation)),
      ));
      fresh.#texts[its] = this.#texts[node];
      fresh.rememberRow(its, nodes[at + SLOT]!, nodes[at + WINDOW]!, nodes[at + ROW]!);
    }
    return fresh;
  }

  #spell(node: number): PathText {
    const services: string[] = [];
    const operations: string[] = [];
    for (let one = node; this.length(one) > 0; one = this.#nodes[one * WORDS + ABOVE]!) {
      services.push(this.names.text(this.service(one)));
      operations.push(this.names.text(this.#nodes[one * WORDS + OPERATION]!));
    }
    return { services: services.reverse(), operations: operations.reverse() };
  }

  #add(slot: number, above: number, service: number, operation: number): number {
    const node = this.size++;
    const at = node * WORDS;
    const nodes = (this.#nodes = grown(this.#nodes, at + WORDS));
    nodes[at + ABOVE] = above;
    nodes[at + SERVICE] = service;
    nodes[at + OPERATION] = operation;
    nodes[at + LENGTH] = above === TOP ? 0 : this.length(above) + 1;
    nodes[at + TENANT] = above === TOP ? node : this.tenantOf(above);
    this.#slots[slot] = node;
    this.#texts.push(undefined);
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  #rehash(): void {
    const nodes = this.#nodes;
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let node = 1; node < this.size; node++) {
      const at = node * WORDS;
      let slot = this.#hash(nodes[at + ABOVE]!, nodes[at + SERVICE]!, nodes[at + OPERATION]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots = slots;
  }

  #hash(above: number, service: number, operation: number): number {
    let hash = Math.imul(this.#seed ^ above, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ service, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 13) ^ operation, 0xc2b2ae3d);
    return hash ^ (hash >>> 16);
  }
}
