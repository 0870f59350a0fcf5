/**
 * The spans that one span completes, with the path of each: scratch columns, filled anew for each span that completes any, in the order in which
 * they were found.
 */
import { grown } from './columns.ts';
import type { Place, SpanRing } from './span-ring.ts';

export class PathWalk {
  length = 0;
  places = new Int32Array(64);
  nodes = new Int32Array(64);
  depths = new Int32Array(64);
  eras = new Uint8Array(64);
  /** 1 where the span is its path's last entry itself. */
  kept = new Uint8Array(64);
  /** Age above position, so that they sort as numbers. */
  #order = new Float64Array(64);

  clear(): void {
    this.length = 0;
  }

  add(place: Place, node: number, depth: number, isKept: boolean, era: number): void {
    const at = this.length++;
    if (at === this.places.length) this.#widen();
    this.places[at] = place;
    this.nodes[at] = node;
    this.depths[at] = depth;
    this.eras[at] = era;
    this.kept[at] = isKept ? 1 : 0;
  }

  /** Visits all in the order in which the spans were read. */
  inOrder(spans: SpanRing, visit: (at: number) => void): void {
    const order = this.#order;
    for (let at = 0; at < this.length; at++) order[at] = at - spans.age(this.places[at]!) * this.length;
    order.subarray(0, this.length).sort();
    for (let at = 0; at < this.length; at++) visit(positionIn(order[at]!, this.length));
  }

  #widen(): void {
    const length = this.length * 2;
    this.places = grown(this.places, length);
    this.nodes = grown(this.nodes, length);
    this.depths = grown(this.depths, length);
    this.eras = grown(this.eras, length);
    this.kept = grown(this.kept, length);
    this.#order = grown(this.#order, length);
  }
}

function positionIn(order: number, length: number): number {
  return ((order % length) + length) % length;
}
