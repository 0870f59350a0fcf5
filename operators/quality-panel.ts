/**
 * All checks side by side. A check whose verdict the span alone decides is settled when the span is read. One that looks at other spans asks
 * a question: its verdict may change as they come, and stays in the span's word, two bits a question.
 */
import { type Check, type CheckRules, type Judge, NOT_JUDGED, type Verdict } from './quality-check.ts';
import type { SpanView } from './quality-span.ts';

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

/** Verdicts that fit into a word of settled ones. */
const PER_WORD = 16;
/** Verdicts that fit into a span's word, which keeps its highest bit for whether the span is an example. */
const QUESTIONS_MAX = 15;
export const IS_EXAMPLE = 1 << 31;
const EACH = 3;
/** The lower bit of each verdict in a span's word. */
const LOWER = 0x1555_5555;

export class Panel {
  readonly checks: readonly Check[];
  /** The questions, by what each asks. */
  readonly withParent: readonly Asked<'withParent'>[];
  readonly clashes: readonly Asked<'clashes'>[];
  readonly amongRoots: readonly Asked<'amongRoots'>[];
  readonly namedPeer: readonly Asked<'namedPeer'>[];
  /** Questions that have a verdict before any relative is known. */
  readonly atFirst: readonly Asked<'alone'>[];
  /** By their place in a word; that of a named peer is not the one of the same check's other question. */
  readonly questions: readonly Question[];
  readonly #settled: readonly { readonly check: number; readonly alone: (span: SpanView) => Verdict }[];

  readonly #settledAt: ReadonlyMap<number, number>;
  readonly #asked: ReadonlyMap<number, readonly Question[]>;

  constructor(checks: readonly Check[], rules: CheckRules) {
    this.checks = checks;
    const judges = checks.map((check) => check.open(rules));
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
    this.namedPeer = asking(questions, 'namedPeer');
    this.atFirst = asking(questions, 'alone');
    const open = new Set(questions.map(({ check }) => check));
    this.#asked = new Map(checks.map((_, check) => [check, questions.filter((its) => its.check === check)]));
    this.#settled = judges.flatMap(({ alone }, check) =>
      alone === undefined || open.has(check) ? [] : [{ check, alone }],
    );
    this.#settledAt = new Map(this.#settled.map(({ check }, at) => [check, at]));
  }

  /** Words that the settled checks' verdicts on one span take. */
  get words(): number {
    return Math.ceil(this.#settled.length / PER_WORD);
  }

  /** Writes the settled checks' verdicts on a span into `into`, from `from` on. */
  settle(span: SpanView, into: Int32Array, from: number): void {
    let word = 0;
    let shift = 0;
    let to = from;
    for (const { alone } of this.#settled) {
      word |= alone(span) << shift;
      shift += 2;
      if (shift < PER_WORD * 2) continue;
      into[to++] = word;
      word = shift = 0;
    }
    if (shift > 0) into[to] = word;
  }

  /** Visits the settled checks' verdicts in words that `settle` wrote; those not judged are left out. */
  eachSettled(words: ArrayLike<number>, visit: (check: number, verdict: Verdict) => void): void {
    for (const [at, { check }] of this.#settled.entries()) {
      const verdict = verdictIn(words, at);
      if (verdict !== NOT_JUDGED) visit(check, verdict);
    }
  }

  /** One settled check's verdict in such words. */
  settledVerdict(words: ArrayLike<number>, check: number): Verdict {
    return verdictIn(words, this.#settledAt.get(check)!);
  }

  /** The questions that a check asks; none where it is settled. */
  questionsOf(check: number): readonly Question[] {
    return this.#asked.get(check) ?? [];
  }
}

function verdictIn(words: ArrayLike<number>, at: number): Verdict {
  return verdictAt(words[Math.floor(at / PER_WORD)]!, (at % PER_WORD) * 2);
}

function asking<K extends keyof Judge>(questions: readonly Question[], what: K): Asked<K>[] {
  return questions.filter((question): question is Asked<K> => question.judge[what] !== undefined);
}

export function verdictAt(word: number, shift: number): Verdict {
  return ((word >>> shift) & EACH) as Verdict;
}

/** The word with another verdict at `shift`. */
export function withVerdict(word: number, shift: number, verdict: Verdict): number {
  return (word & ~(EACH << shift)) | (verdict << shift);
}

/** Whether some verdict in a span's word is a failure: the lower bit without the upper one. */
export function hasFailure(word: number): boolean {
  return (word & ~(word >>> 1) & LOWER) !== 0;
}
