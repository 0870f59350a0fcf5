/**
 * Interns UTF-8 bytes to small integers by hashing them in place; a JS string is made once per distinct value.
 * Ids are dense from 1 (0 means absent) and valid until `compact`. Which id a text gets carries no meaning.
 */
/** Random keys of the hash, so that nobody can craft texts that collide; no result depends on them. */
const [HIGH_KEY, LOW_KEY] = crypto.getRandomValues(new Int32Array(2)) as unknown as readonly [number, number];
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();
const INITIAL_SLOTS = 1 << 12;
/** Attributes that are integers are mostly small ones: status codes, ports, counts. */
const REMEMBERED_INTEGERS = 1 << 10;

export class Dictionary {
  /** Distinct texts held, plus one for id 0. */
  size = 1;
  /** Rises with each `compact`: ids remembered under another epoch mean nothing. */
  epoch = 0;
  #slots = new Int32Array(INITIAL_SLOTS);
  #mask = INITIAL_SLOTS - 1;
  #hashes = new Int32Array(INITIAL_SLOTS);
  #starts = new Uint32Array(INITIAL_SLOTS + 1);
  #arena = new Uint8Array(1 << 16);
  #arenaView = new DataView(this.#arena.buffer);
  #viewed: Uint8Array = this.#arena;
  #view: DataView = this.#arenaView;
  #texts: (string | undefined)[] = [''];
  #integers = new Int32Array(REMEMBERED_INTEGERS);

  /** Bytes the texts take. */
  get bytes(): number {
    return this.#starts[this.size]!;
  }

  /** The id of `bytes[start, end)`. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    // Callers intern many texts of one array: a view of it is made once.
    if (bytes !== this.#viewed) this.#look(bytes);
    const view = this.#view;
    const length = end - start;
    const hash = hashBytes(view, start, length);
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = this.#mask;
    let slot = hash & mask;
    for (;;) {
      const id = slots[slot]!;
      if (id === 0) break;
      if (hashes[id] === hash && this.#equals(id, view, start, length)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#insert(slot, hash, bytes, start, length);
  }

  internText(text: string): number {
    const bytes = ENCODER.encode(text);
    return this.intern(bytes, 0, bytes.length);
  }

  /** The id of an integer's decimal text. */
  internInteger(value: number): number {
    if (value < 0 || value >= REMEMBERED_INTEGERS) return this.internText(String(value));
    const known = this.#integers[value]!;
    return known !== 0 ? known : (this.#integers[value] = this.internText(String(value)));
  }

  /** The bytes of an id, as they were interned; valid until the next text is. */
  bytesOf(id: number): Uint8Array {
    return this.#arena.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  /** The text of an id, or undefined where its bytes are not UTF-8. */
  validText(id: number): string | undefined {
    const known = this.#texts[id];
    if (known !== undefined) return known;
    try {
      return (this.#texts[id] = DECODER.decode(this.#arena.subarray(this.#starts[id], this.#starts[id + 1])));
    } catch {
      return undefined;
    }
  }

  /** The text of an id, with U+FFFD for what is not UTF-8. */
  text(id: number): string {
    return (
      this.validText(id) ??
      (this.#texts[id] = new TextDecoder().decode(
        this.#arena.subarray(this.#starts[id], this.#starts[id + 1]),
      ))
    );
  }

  /**
   * Forgets every text but those marked, and returns the new id of each old one (0 for the forgotten). Ids known from before mean nothing
   * afterwards unless renamed.
   */
  compact(used: Uint8Array): Int32Array {
    const renamed = new Int32Array(this.size);
    const texts = this.#texts;
    const arena = this.#arena.slice(0, this.bytes);
    const starts = this.#starts.slice(0, this.size + 1);
    this.#slots.fill(0);
    this.#integers.fill(0);
    this.#texts = [''];
    this.size = 1;
    this.epoch++;
    for (let id = 1; id < renamed.length; id++) {
      if (used[id] !== 1) continue;
      const fresh = this.intern(arena, starts[id]!, starts[id + 1]!);
      renamed[id] = fresh;
      this.#texts[fresh] = texts[id];
    }
    return renamed;
  }

  #look(bytes: Uint8Array): void {
    this.#viewed = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #equals(id: number, view: DataView, start: number, length: number): boolean {
    const known = this.#starts[id]!;
    if (this.#starts[id + 1]! - known !== length) return false;
    const arena = this.#arenaView;
    if (length >= 4) {
      const last = length - 4;
      for (let i = 0; i < last; i += 4)
        if (arena.getInt32(known + i) !== view.getInt32(start + i)) return false;
      return arena.getInt32(known + last) === view.getInt32(start + last);
    }
    for (let i = 0; i < length; i++) if (arena.getInt8(known + i) !== view.getInt8(start + i)) return false;
    return true;
  }

  #insert(slot: number, hash: number, bytes: Uint8Array, start: number, length: number): number {
    const id = this.size++;
    const at = this.#starts[id]!;
    if (at + length > this.#arena.length) {
      this.#arena = grown(this.#arena, at + length);
      this.#arenaView = new DataView(this.#arena.buffer);
    }
    this.#arena.set(bytes.subarray(start, start + length), at);
    this.#slots[slot] = id;
    this.#hashes[id] = hash;
    this.#starts[id + 1] = at + length;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    this.#mask = slots.length - 1;
    this.#hashes = grown(this.#hashes, slots.length);
    this.#starts = grown(this.#starts, slots.length + 1);
    for (let id = 1; id < this.size; id++) {
      let slot = this.#hashes[id]! & this.#mask;
      while (slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/**
 * Four bytes a step, the last of which may overlap the one before. Each step is a product of which both factors hold a secret key: of a
 * hash that multiplies by what everybody knows, names can be made that collide under every seed.
 */
function hashBytes(view: DataView, start: number, length: number): number {
  let hash = length;
  if (length >= 4) {
    const last = start + length - 4;
    for (let at = start; at < last; at += 4) hash = mixed(hash ^ view.getInt32(at));
    hash = mixed(hash ^ view.getInt32(last));
  } else {
    let word = 0;
    for (let i = 0; i < length; i++) word = (word << 8) | view.getUint8(start + i);
    hash = mixed(hash ^ word);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixed(word: number): number {
  return Math.imul((word >>> 16) + HIGH_KEY, word + LOW_KEY);
}

function grown<A extends Int32Array | Uint32Array | Uint8Array>(array: A, length: number): A {
  const wider = new (array.constructor as new (n: number) => A)(Math.max(array.length * 2, length));
  wider.set(array);
  return wider;
}
