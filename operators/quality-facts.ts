/**
 * Facts of a span: yes or no, all that a check's verdict on the span alone may go by. A check says beforehand which it asks for. The fold finds
 * them column by column, a bit each, and asks the check once for each combination that occurs.
 */
import type { Client } from './quality-client.ts';

/** A fact: a word of a span's facts times 32, and the bit in it. */
export type Fact = number;

/** Facts in a word. Its highest bit is kept for whether a text was judged: see quality-fact-columns.ts. */
const PER_WORD = 31;

/** Facts that every span has, in its first word: kind and status in their numbers' bits, then one bit each. */
export const KIND_BITS = 7;
export const STATUS_SHIFT = 3;
export const STATUS_BITS = 3;
export const IS_REVERSED = 1 << 5;
export const IS_OVERSIZED = 1 << 6;
export const IS_LATE = 1 << 7;
export const IS_SAMPLED = 1 << 8;
export const HAS_PARENT_ID = 1 << 9;
export const HAS_IDS = 1 << 10;
export const HAS_LINKS = 1 << 11;
export const HAS_RECORD_TIME = 1 << 12;
export const NAMES_PEER = 1 << 13;
const FIRST_FACT = 14;

/** Where a text lies: an attribute of the span or of its resource, or a name. */
export type TextOf = 'span' | 'resource' | 'service' | 'operation';

/** What a column of texts says: bits of one word of facts. */
export interface TextSource {
  readonly of: TextOf;
  /** Of attributes, the column. */
  readonly column: number;
  readonly word: number;
  /** Bits of any text. */
  always: number;
  readonly tests: { readonly bit: number; readonly test: (text: string) => boolean }[];
}

/** A number over a bound. */
export interface BoundSource {
  readonly of: 'duration' | 'ahead';
  readonly us: number;
  readonly word: number;
  readonly bit: number;
}

export interface ClientSource {
  readonly word: number;
  readonly bit: number;
  readonly test: (client: Client | undefined) => boolean;
}

/** What checks ask for. Each function names a fact. */
export class Facts {
  readonly texts: TextSource[] = [];
  readonly bounds: BoundSource[] = [];
  readonly clients: ClientSource[] = [];
  readonly #column: (key: string) => number;
  /** Attributes that several checks ask for are one fact. */
  readonly #known = new Map<string, Fact>();
  #next = FIRST_FACT;

  /** `column`: that of an attribute key. */
  constructor(column: (key: string) => number) {
    this.#column = column;
  }

  /** Words that a span's facts take. */
  get words(): number {
    return Math.ceil(this.#next / PER_WORD);
  }

  /** The span has one of the attributes. */
  has(keys: readonly string[]): Fact {
    return this.#presence(['span'], keys);
  }

  /** The span's resource has one of the attributes. */
  resourceHas(keys: readonly string[]): Fact {
    return this.#presence(['resource'], keys);
  }

  /** The span or its resource has one of the attributes. */
  eitherHas(keys: readonly string[]): Fact {
    return this.#presence(['span', 'resource'], keys);
  }

  /** The span has one of the attributes, with such a value. */
  says(keys: readonly string[], test: (text: string) => boolean): Fact {
    const fact = this.#add();
    for (const key of keys) this.#test(fact, 'span', this.#column(key), test);
    return fact;
  }

  serviceIs(test: (name: string) => boolean): Fact {
    const fact = this.#add();
    this.#test(fact, 'service', 0, test);
    return fact;
  }

  operationIs(test: (name: string) => boolean): Fact {
    const fact = this.#add();
    this.#test(fact, 'operation', 0, test);
    return fact;
  }

  /** The client library that made the span; undefined where the span does not tell. */
  clientIs(test: (client: Client | undefined) => boolean): Fact {
    const fact = this.#add();
    this.clients.push({ word: wordOf(fact), bit: bitOf(fact), test });
    return fact;
  }

  lastsOver(us: number): Fact {
    return this.#bound('duration', us);
  }

  /** It ends so long after its record was written; never where the record has no time. */
  endsAhead(us: number): Fact {
    return this.#bound('ahead', us);
  }

  #presence(places: readonly TextOf[], keys: readonly string[]): Fact {
    const name = [...places, ...keys].join(' ');
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const fact = this.#add();
    for (const of of places)
      for (const key of keys) this.#source(of, this.#column(key), wordOf(fact)).always |= bitOf(fact);
    this.#known.set(name, fact);
    return fact;
  }

  #test(fact: Fact, of: TextOf, column: number, test: (text: string) => boolean): void {
    this.#source(of, column, wordOf(fact)).tests.push({ bit: bitOf(fact), test });
  }

  #bound(of: BoundSource['of'], us: number): Fact {
    const fact = this.#add();
    this.bounds.push({ of, us, word: wordOf(fact), bit: bitOf(fact) });
    return fact;
  }

  #source(of: TextOf, column: number, word: number): TextSource {
    const known = this.texts.find((its) => its.of === of && its.column === column && its.word === word);
    if (known !== undefined) return known;
    const source = { of, column, word, always: 0, tests: [] };
    this.texts.push(source);
    return source;
  }

  #add(): Fact {
    const at = this.#next++;
    return Math.floor(at / PER_WORD) * 32 + (at % PER_WORD);
  }
}

export function wordOf(fact: Fact): number {
  return fact >>> 5;
}

export function bitOf(fact: Fact): number {
  return 1 << (fact & 31);
}
