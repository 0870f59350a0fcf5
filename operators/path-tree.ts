/**
 * Reduced paths of one tenant as a tree: a node is a path, its last entry that of the node. Equal paths are one node, found by looking up one
 * entry after the other: no text is ever put together.
 */

/** A path as its spans tell it, root first: what is looked up in a tree. */
export interface ReducedPath {
  readonly above: ReducedPath | undefined;
  readonly service: string;
  readonly operation: string;
  /** Entries, this one included. */
  readonly length: number;
}

export class PathNode {
  readonly service: string;
  readonly operation: string;
  /** Rows of the path, by whatever tells them apart. */
  readonly rows = new Map<number, number>();
  readonly #above: PathNode | undefined;
  #below: Map<string, Map<string, PathNode>> | undefined;

  private constructor(above: PathNode | undefined, service: string, operation: string) {
    this.#above = above;
    this.service = service;
    this.operation = operation;
  }

  /** A tree without paths. */
  static root(): PathNode {
    return new PathNode(undefined, '', '');
  }

  /** The node of a path; undefined where the tree has none. */
  find(path: ReducedPath): PathNode | undefined {
    const above = path.above === undefined ? this : this.find(path.above);
    if (above === undefined) return undefined;
    return above.#below?.get(path.service)?.get(path.operation);
  }

  /** The node of a path, made where there is none. */
  grow(path: ReducedPath): PathNode {
    const above = path.above === undefined ? this : this.grow(path.above);
    const { service, operation } = path;
    let services = above.#below;
    if (services === undefined) above.#below = services = new Map<string, Map<string, PathNode>>();
    let operations = services.get(service);
    if (operations === undefined) services.set(service, (operations = new Map<string, PathNode>()));
    let node = operations.get(operation);
    if (node === undefined) operations.set(operation, (node = new PathNode(above, service, operation)));
    return node;
  }

  /** The nodes of the path from its first entry on. */
  get entries(): readonly PathNode[] {
    return this.#above === undefined ? [] : [...this.#above.entries, this];
  }
}
