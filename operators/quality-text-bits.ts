/** What checks ask of texts, such as a span's name or an attribute's value: bits for each dictionary id. */
import type { Dictionary } from '../src/spans/dictionary.ts';
import { grown } from './columns.ts';
import type { TextSource } from './quality-facts.ts';

/** That a text was judged. */
export const IS_JUDGED = 1 << 31;

/** What tests say of texts: each is asked once for each text, as long as its dictionary id is good. */
export class TextBits {
  readonly #source: Pick<TextSource, 'always' | 'tests'>;
  #bits = new Int32Array(1024);
  #epoch = -1;

  constructor(source: Pick<TextSource, 'always' | 'tests'>) {
    this.#source = source;
  }

  /** The bits of each id, with IS_JUDGED; 0 where a text was not judged yet. */
  open(dictionary: Dictionary): Int32Array {
    if (dictionary.epoch !== this.#epoch) this.#bits.fill(0);
    this.#epoch = dictionary.epoch;
    return (this.#bits = grown(this.#bits, dictionary.size));
  }

  judge(id: number, dictionary: Dictionary): number {
    const text = dictionary.text(id);
    let bits = this.#source.always | IS_JUDGED;
    for (const { bit, test } of this.#source.tests) if (test(text)) bits |= bit;
    return (this.#bits[id] = bits);
  }
}
