/** From the path of a span to that of its child: which spans a reduced path keeps. */
import { SERVER, type SpanBatch } from '../src/spans/span-batch.ts';
import { PathTrie } from './path-trie.ts';
import type { Place, SpanRing } from './span-ring.ts';

export class PathSteps {
  trie: PathTrie;
  readonly #spans: SpanRing;

  constructor(spans: SpanRing, seed: number) {
    this.#spans = spans;
    this.trie = new PathTrie(seed);
  }

  /** Tells whose ids spans bear from now on. */
  read({ dictionary }: SpanBatch): void {
    this.trie.names.read(dictionary);
  }

  /** The node of the path of a root: of its one entry. */
  first(root: Place): number {
    const { trie } = this;
    const tenant = trie.tenantNode(trie.names.of(this.#spans.tenant(root)));
    return this.#child(tenant, trie.names.of(this.#spans.service(root)), root);
  }

  /** The node of the path of a span whose parent's is `above`: the same, unless the path keeps the span. */
  below(above: number, span: Place): number {
    const { trie } = this;
    const service = trie.names.of(this.#spans.service(span));
    const isKept = trie.service(above) !== service || this.#spans.kind(span) === SERVER;
    return isKept ? this.#child(above, service, span) : above;
  }

  #child(above: number, service: number, span: Place): number {
    return this.trie.child(above, service, this.trie.names.of(this.#spans.operation(span)));
  }
}
