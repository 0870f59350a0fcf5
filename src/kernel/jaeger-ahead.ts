/** Jaeger's messages that come next, and their spans, which the kernel reads many at once: a call for each would cost what reading one does. */
import { KNOWN_TAGS } from '../codecs/wire/jaeger-fields.ts';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Kernel } from './instance.ts';
import { keyImage } from './key-image.ts';
import { INPUT, INPUT_BYTES_MAX } from './layout.ts';

/** Messages read at once: their columns stay in the cache. */
const GROUP_MAX = 512;

export type Messages = readonly (Uint8Array | null)[];

/** The keys a writer wants and those of known tags, as the kernel reads them; by column of these, which known tag that is, or -1. */
interface TagKeys {
  readonly image: Uint8Array | null;
  readonly known: Int8Array;
}

const tagKeys = new WeakMap<AttributeKeys, TagKeys>();

function tagKeysOf(wanted: AttributeKeys): TagKeys {
  let keys = tagKeys.get(wanted);
  if (keys === undefined) {
    const all = new AttributeKeys([...wanted.keys, ...KNOWN_TAGS.keys]);
    const known = Int8Array.from(all.keys, (key) => KNOWN_TAGS.column(key));
    tagKeys.set(wanted, (keys = { image: keyImage(all), known }));
  }
  return keys;
}

export class Ahead {
  #messages: Messages = [];
  #writer: SpanWriter | undefined;
  #keys: TagKeys = { image: null, known: new Int8Array(0) };
  #next = 0;
  /** Which of the messages the kernel has read. */
  #first = 0;
  #end = 0;

  /** By column of a hit, which known tag that is, or -1. */
  get known(): Int8Array {
    return this.#keys.known;
  }

  expect(messages: Messages, writer: SpanWriter): void {
    this.#messages = messages;
    this.#writer = writer;
    this.#keys = tagKeysOf(writer.options.keys);
    this.#next = this.#first = this.#end = 0;
  }

  /** The kernel's row of a message; -1 where it has none. */
  rowOf(message: Uint8Array, from: Kernel, writer: SpanWriter): number {
    if (writer !== this.#writer) return -1;
    const messages = this.#messages;
    // Some are passed over by whoever asks.
    while (this.#next < messages.length && messages[this.#next] !== message) this.#next++;
    if (this.#next === messages.length) {
      this.#forget();
      return -1;
    }
    if ((this.#next >= this.#end || from.holder !== this) && !this.#read(from)) return -1;
    const row = this.#next++ - this.#first;
    if (this.#next === messages.length) this.#forget();
    return from.isRead[row] === 1 ? row : -1;
  }

  /** Has the kernel read the next messages. False where it does not take them. */
  #read(from: Kernel): boolean {
    const { image } = this.#keys;
    if (image === null) {
      this.#forget();
      return false;
    }
    this.#first = this.#next;
    this.#end = upload(from, this.#messages, this.#first);
    from.want(image);
    from.holder = this;
    from.decodeSpans(this.#end - this.#first);
    return true;
  }

  #forget(): void {
    this.#messages = [];
    this.#writer = undefined;
  }
}

/** Copies messages from one on to where the kernel reads them, and returns the first that is not copied. One that is null, or too long, is empty. */
function upload({ messages: table, input }: Kernel, messages: Messages, first: number): number {
  let bytes = 0;
  let at = first;
  for (; at < messages.length && at - first < GROUP_MAX; at++) {
    const message = messages[at] ?? null;
    const length = message === null || message.length > INPUT_BYTES_MAX ? 0 : message.length;
    if (bytes + length > INPUT_BYTES_MAX) break;
    if (message !== null && length > 0) input.set(message, bytes);
    table[(at - first) * 2] = INPUT + bytes;
    table[(at - first) * 2 + 1] = INPUT + bytes + length;
    bytes += length;
  }
  return at;
}
