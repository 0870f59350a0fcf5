/** Jaeger's messages of one run, which the kernel reads many at once: a call for each would cost what reading one does. */
import type { RunReader } from '../codecs/codec.ts';
import { type Messages, Slices } from '../codecs/messages.ts';
import { KNOWN_TAGS } from '../codecs/wire/jaeger-fields.ts';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Kernel } from './instance.ts';
import { writeRows } from './jaeger-rows.ts';
import { keyImage } from './key-image.ts';
import { INPUT, INPUT_BYTES_MAX } from './layout.ts';

/** Messages read at once: their columns stay in the cache. */
const GROUP_MAX = 512;

/** The keys a writer wants and those of known tags, as the kernel reads them; by column of these, which known tag that is, or -1. */
export interface TagKeys {
  readonly image: Uint8Array | null;
  readonly known: Int8Array;
}

const tagKeys = new WeakMap<AttributeKeys, TagKeys>();

export function tagKeysOf(wanted: AttributeKeys): TagKeys {
  let keys = tagKeys.get(wanted);
  if (keys === undefined) {
    const all = new AttributeKeys([...wanted.keys, ...KNOWN_TAGS.keys]);
    const known = Int8Array.from(all.keys, (key) => KNOWN_TAGS.column(key));
    tagKeys.set(wanted, (keys = { image: keyImage(all), known }));
  }
  return keys;
}

export class Ahead implements RunReader {
  bytes = 0;
  readonly #kernel: Kernel;
  readonly #messages: Messages;
  readonly #writer: SpanWriter;
  readonly #image: Uint8Array;
  readonly #known: Int8Array;
  /** By which the kernel knows it: it must not keep messages that were read. */
  readonly #name = {};
  /** Which of the messages the kernel has read. */
  #first = 0;
  #end = 0;

  constructor(kernel: Kernel, messages: Messages, writer: SpanWriter, image: Uint8Array, known: Int8Array) {
    this.#kernel = kernel;
    this.#messages = messages;
    this.#writer = writer;
    this.#image = image;
    this.#known = known;
  }

  readable(first: number): number {
    if (first < this.#first || first >= this.#end || this.#kernel.holder !== this.#name) this.#read(first);
    const { isRead } = this.#kernel;
    const row = first - this.#first;
    const end = this.#end - this.#first;
    let stop = row;
    while (stop < end && isRead[stop] === 1) stop++;
    return stop - row;
  }

  read(first: number, count: number): number {
    const { messages } = this.#kernel;
    const row = first - this.#first;
    const added = writeRows(this.#kernel, row, count, this.#known, this.#writer);
    this.bytes = 0;
    for (let at = row * 2; at < (row + added) * 2; at += 2) this.bytes += messages[at + 1]! - messages[at]!;
    return added;
  }

  /** Has the kernel read the messages from one on. */
  #read(first: number): void {
    const kernel = this.#kernel;
    this.#first = first;
    const messages = this.#messages;
    const count =
      messages instanceof Slices ? uploadSlices(kernel, messages, first) : upload(kernel, messages, first);
    this.#end = first + count;
    kernel.want(this.#image);
    kernel.holder = this.#name;
    kernel.decodeSpans(count);
  }
}

/** Copies messages from one on to where the kernel reads them, and returns how many. One that is null, or too long, is empty. */
function upload({ messages: table, input }: Kernel, messages: Messages, first: number): number {
  let bytes = 0;
  let count = 0;
  for (; first + count < messages.length && count < GROUP_MAX; count++) {
    const message = messages.at(first + count) ?? null;
    const length = message === null || message.length > INPUT_BYTES_MAX ? 0 : message.length;
    if (bytes + length > INPUT_BYTES_MAX) break;
    if (message !== null && length > 0) input.set(message, bytes);
    table[count * 2] = INPUT + bytes;
    table[count * 2 + 1] = INPUT + bytes + length;
    bytes += length;
  }
  return count;
}

/** The same of slices, of each buffer at once. */
function uploadSlices({ messages: table, input }: Kernel, messages: Slices, first: number): number {
  let bytes = 0;
  let count = 0;
  while (first + count < messages.length && count < GROUP_MAX) {
    const [room, bounds] = [input.subarray(bytes), table.subarray(count * 2)];
    const copied = messages.copy(first + count, GROUP_MAX - count, room, bounds, INPUT + bytes);
    if (copied === 0) break;
    count += copied;
    bytes = table[count * 2 - 1]! - INPUT;
  }
  if (count > 0) return count;
  table[0] = table[1] = INPUT;
  return 1;
}
