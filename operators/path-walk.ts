/**
 * The spans that one span completes, with the path of each: scratch columns, filled anew for each span that completes any, in the order in which
 * they were found.
 */
import { grown } from './columns.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** How far one span may reach. */
export interface WalkLimits {
  /** Spans from a root to a span, both included; a span further down has no path. */
  readonly depthMax: number;
  /** Spans whose path one span may complete, itself included, nearest first; what lies beyond stays as it was. */
  readonly completedMax: number;
}

/** Numbers that are sorted without `sort`. */
const SORTED_BY_HAND = 24;

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

  /** Positions of all in the order in which the spans were read; valid until the walk changes. */
  inOrder(spans: SpanRing): Float64Array {
    const { length } = this;
    const order = this.#order;
    // Older ones first: age and position are one number.
    for (let at = 0; at < length; at++)
      order[at] = (spans.capacity - spans.age(this.places[at]!)) * length + at;
    if (length > SORTED_BY_HAND) order.subarray(0, length).sort();
    else sortFew(order, length);
    for (let at = 0; at < length; at++) order[at] = order[at]! - Math.floor(order[at]! / length) * length;
    return order;
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

/** Most walks are short: of few numbers `sort` costs more than it does. */
function sortFew(numbers: Float64Array, length: number): void {
  for (let at = 1; at < length; at++) {
    const number = numbers[at]!;
    let to = at;
    for (; to > 0 && numbers[to - 1]! > number; to--) numbers[to] = numbers[to - 1]!;
    numbers[to] = number;
  }
}
