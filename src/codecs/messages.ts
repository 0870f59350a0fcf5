/** Values of messages that came together. */

/** What an array of them is too: null where a message has none. */
export interface Messages extends Iterable<Uint8Array | null> {
  readonly length: number;
  at(index: number): Uint8Array | null | undefined;
}
