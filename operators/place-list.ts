/** A list of places that is filled again and again: an array for each time, of the few places that most times need, would sweep through the cache. */
import { grown } from './columns.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Places that are sorted without `sort`. */
const SORTED_BY_HAND = 24;

export class PlaceList {
  length = 0;
  #places = new Int32Array(64);

  clear(): void {
    this.length = 0;
  }

  push(place: Place): void {
    this.#places = grown(this.#places, this.length + 1);
    this.#places[this.length++] = place;
  }

  at(index: number): Place {
    return this.#places[index]!;
  }

  /** Puts them into the order in which they were read. */
  sort(spans: SpanRing): void {
    const places = this.#places;
    const { length } = this;
    if (length > SORTED_BY_HAND) {
      places.subarray(0, length).sort((a, b) => spans.age(b) - spans.age(a));
      return;
    }
    for (let at = 1; at < length; at++) {
      const place = places[at]!;
      const age = spans.age(place);
      let to = at;
      for (; to > 0 && spans.age(places[to - 1]!) < age; to--) places[to] = places[to - 1]!;
      places[to] = place;
    }
  }
}
