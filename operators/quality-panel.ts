/**
 * All checks side by side. A check whose verdict the span alone decides is settled when the span is read. One that looks at other spans asks
 * a question: its verdict may change as they come, and stays in the span's word, two bits a question.
 */
import { type Check, EXEMPT, FAILED, type Judge, NOT_JUDGED, type Verdict } from './quality-check.ts';
import { NAMES_PEER } from './quality-facts.ts';
import { PairView, type Pairs } from './quality-pairs.ts';
import { SpanView } from './quality-span.ts';

/** What a check asks about a span and its relatives. */
export interface Question {
  readonly number: number;
  /** Number of the check. */
  readonly check: number;
  /** Where its verdict lies in a span's word. */
  readonly shift: number;
  readonly judge: Judge;
  /** Whose row its verdict is counted in. */
  readonly credits: 'own' | 'parent' | 'peer';
}

type Asked<K extends keyof Judge> = Question & { readonly judge: Required<Pick<Judge, K>> };

/** What is said of a span when it is read: the words of the settled checks, and the span's first word. */
export interface Opening {
  readonly settled: Int32Array;
  readonly word: number;
}

/** Verdicts that fit into a word of settled ones. */
const PER_WORD = 16;
/** Verdicts that fit into a span's word, which keeps its highest bit for whether the span is an example. */
const QUESTIONS_MAX = 15;
export const IS_EXAMPLE = 1 << 31;
const EACH = 3;
/** The lower bit of each verdict in a span's word. */
const LOWER = 0x1555_5555;
/** No word of verdicts: it has the bit that says an example. */
const UNKNOWN = -1;

export class Panel {
  readonly checks: readonly Check[];
  /** The questions, by what each asks. */
  readonly withParent: readonly Asked<'withParent'>[];
  readonly clashes: readonly Asked<'clashes'>[];
  readonly amongRoots: readonly Asked<'amongRoots'>[];
  /** By their place in a word; that of a named peer is not the one of the same check's other question. */
  readonly questions: readonly Question[];
  /** Those whose verdicts are counted in the parent's row. */
  readonly ofParent: readonly Question[];
  /** Bits of the verdicts in a span's word, by whose row they count in. */
  readonly bits: Readonly<Record<Question['credits'], number>>;
  readonly #withParentBits: number;
  readonly #namedPeer: readonly Asked<'namedPeer'>[];
  /** Questions that have a verdict before any relative is known. */
  readonly #atFirst: readonly Asked<'alone'>[];
  readonly #settled: readonly { readonly check: number; readonly alone: (span: SpanView) => Verdict }[];
  readonly #settledAt: readonly number[];
  readonly #asked: readonly (readonly Question[])[];
  /** By line, what withParent's questions say of the two spans; UNKNOWN where they were not asked yet. */
  readonly #pairWords: Int32Array;
  readonly #pair = new PairView();

  /** `judges`: those of the checks, opened with `pairs`. */
  constructor(checks: readonly Check[], judges: readonly Judge[], pairs: Pairs) {
    this.checks = checks;
    const questions: Question[] = [];
    const ask = (check: number, judge: Judge, credits: Question['credits']): void => {
      const number = questions.length;
      questions.push({ number, check, shift: number * 2, judge, credits });
    };
    for (const [check, { namedPeer, ...judge }] of judges.entries()) {
      if (judge.withParent ?? judge.clashes ?? judge.amongRoots)
        ask(check, judge, checks[check]!.creditsParent === true ? 'parent' : 'own');
      if (namedPeer !== undefined) ask(check, { namedPeer }, 'peer');
    }
    if (questions.length > QUESTIONS_MAX) throw new Error('BUG: more questions than a word has room for');
    this.questions = questions;
    this.withParent = asking(questions, 'withParent');
    this.clashes = asking(questions, 'clashes');
    this.amongRoots = asking(questions, 'amongRoots');
    this.#namedPeer = asking(questions, 'namedPeer');
    this.#atFirst = asking(questions, 'alone');
    this.ofParent = questions.filter(({ credits }) => credits === 'parent');
    const bitsOf = (credits: Question['credits']): number =>
      bitsOfAll(questions.filter((its) => its.credits === credits));
    this.bits = { own: bitsOf('own'), parent: bitsOf('parent'), peer: bitsOf('peer') };
    this.#withParentBits = bitsOfAll(this.withParent);
    this.#pairWords = new Int32Array(pairs.lines).fill(UNKNOWN);
    const open = new Set(questions.map(({ check }) => check));
    this.#asked = checks.map((_, check) => questions.filter((its) => its.check === check));
    this.#settled = judges.flatMap(({ alone }, check) =>
      alone === undefined || open.has(check) ? [] : [{ check, alone }],
    );
    this.#settledAt = checks.map((_, check) => this.#settled.findIndex((its) => its.check === check));
  }

  /** Words that the settled checks' verdicts on one span take. */
  get words(): number {
    return Math.ceil(this.#settled.length / PER_WORD);
  }

  /** What all checks say of spans with these facts. */
  open(facts: Int32Array): Opening {
    const span = new SpanView(facts);
    const settled = new Int32Array(this.words);
    for (const [at, { alone }] of this.#settled.entries())
      settled[Math.floor(at / PER_WORD)]! |= alone(span) << ((at % PER_WORD) * 2);
    let word = 0;
    for (const { judge, shift } of this.#atFirst) word |= judge.alone(span) << shift;
    if ((facts[0]! & NAMES_PEER) !== 0)
      for (const { judge, shift } of this.#namedPeer)
        if (judge.namedPeer(span)) word |= (span.isLate || span.isSampled ? EXEMPT : FAILED) << shift;
    return { settled, word };
  }

  /** A span's word once its parent is known: the questions are asked anew, except those that excused the span. */
  withParentSaid(word: number, line: number): number {
    const exempt = word & (word >>> 1) & LOWER;
    const free = this.#withParentBits & ~(exempt * EACH);
    return (word & ~free) | (this.#pairWord(line) & free);
  }

  /** A span's word once another service turned up at its other end: what failed is excused. */
  answered(word: number): number {
    return word | ((failuresIn(word) & this.bits.peer) << 1);
  }

  /** Whether two spans of one id are one too many, to this question. */
  clash({ judge }: Asked<'clashes'>, line: number): boolean {
    this.#pair.line = line;
    return judge.clashes(this.#pair);
  }

  /** Visits the settled checks' verdicts in an opening's words; those not judged are left out. */
  eachSettled(words: ArrayLike<number>, visit: (check: number, verdict: Verdict) => void): void {
    for (let at = 0; at < this.#settled.length; at++) {
      const verdict = verdictIn(words, at);
      if (verdict !== NOT_JUDGED) visit(this.#settled[at]!.check, verdict);
    }
  }

  /** One settled check's verdict in such words. */
  settledVerdict(words: ArrayLike<number>, check: number): Verdict {
    return verdictIn(words, this.#settledAt[check]!);
  }

  /** The questions that a check asks; none where it is settled. */
  questionsOf(check: number): readonly Question[] {
    return this.#asked[check]!;
  }

  #pairWord(line: number): number {
    const known = this.#pairWords[line]!;
    if (known !== UNKNOWN) return known;
    this.#pair.line = line;
    let word = 0;
    for (const { judge, shift } of this.withParent) word |= judge.withParent(this.#pair) << shift;
    return (this.#pairWords[line] = word);
  }
}

function verdictIn(words: ArrayLike<number>, at: number): Verdict {
  return verdictAt(words[Math.floor(at / PER_WORD)]!, (at % PER_WORD) * 2);
}

function asking<K extends keyof Judge>(questions: readonly Question[], what: K): Asked<K>[] {
  return questions.filter((question): question is Asked<K> => question.judge[what] !== undefined);
}

function bitsOfAll(questions: readonly Question[]): number {
  return questions.reduce((bits, { shift }) => bits | (EACH << shift), 0);
}

export function verdictAt(word: number, shift: number): Verdict {
  return ((word >>> shift) & EACH) as Verdict;
}

/** The word with another verdict at `shift`. */
export function withVerdict(word: number, shift: number, verdict: Verdict): number {
  return (word & ~(EACH << shift)) | (verdict << shift);
}

/** The lower bit of each failure in a span's word: set without the upper one. */
export function failuresIn(word: number): number {
  return word & ~(word >>> 1) & LOWER;
}

/** The lower bit of each verdict that differs between two words. */
export function changesIn(before: number, after: number): number {
  const different = before ^ after;
  return (different | (different >>> 1)) & LOWER;
}
