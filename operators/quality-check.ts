/**
 * The contract of a check. A check is one file of `operators/quality/`, default-exported and found by its file name: `has-server-span.ts` is
 * check `has_server_span`. It says in words what it judges, and as pure functions how. These functions see facts that the check asked for when
 * it was opened, and are asked once for each combination of them, not for each span: what a check costs does not depend on how it judges.
 */
import type { Facts } from './quality-facts.ts';
import type { PairView, Pairs } from './quality-pairs.ts';
import type { SpanView } from './quality-span.ts';

export type CheckCategory = 'completeness' | 'correctness' | 'hygiene' | 'currency';

/** What a check says of itself: whole sentences, for pages and reports. Its section in docs/QUALITY.md has its name. */
export interface CheckInfo {
  /** snake_case; its file's name. */
  readonly name: string;
  readonly title: string;
  readonly category: CheckCategory;
  /** How much it counts in a score, from 1 to 5. */
  readonly weight: number;
  /** Which spans it judges. */
  readonly judges: string;
  readonly passes: string;
  /** Which of those it excuses, and why. */
  readonly exempts: string;
  /** Whom its verdicts are credited to. */
  readonly credits: string;
  readonly why: string;
  readonly fix: string;
}

/** What a check says of one span. Of the verdicts on judged spans, failures alone are never written down. */
export const NOT_JUDGED = 0;
export const FAILED = 1;
export const PASSED = 2;
export const EXEMPT = 3;
export type Verdict = typeof NOT_JUDGED | typeof FAILED | typeof PASSED | typeof EXEMPT;

/** What checks go by: the configuration's part, and what can be known of spans. */
export interface CheckRules {
  readonly clockToleranceUs: number;
  readonly durationUsMax: number;
  /** Least versions that are current, by `language/sdk`. */
  readonly minimumVersions: Readonly<Record<string, string>>;
  /** Facts of a span alone, of attributes that the check declared. */
  readonly facts: Facts;
  /** Facts of a span and its parent. */
  readonly pairs: Pairs;
}

/** The attribute by which a span names the service at its other end: see Judge.namedPeer. */
export const PEER = 'peer.service';

/** The judging of a check. Each function is pure; those a check does not need, it leaves out. */
export interface Judge {
  /** When the span is read, from itself alone. */
  readonly alone?: (span: SpanView) => Verdict;
  /** When its parent (the other) is known, and anew when a better one turns up: takes the place of the verdict before, but not of an exemption. */
  readonly withParent?: (pair: PairView) => Verdict;
  /** Whether two spans of one id are one too many. Both fail then, for good. Of the two their kinds and services are known. */
  readonly clashes?: (pair: PairView) => boolean;
  /** A root's verdict, by how many other roots its trace has. */
  readonly amongRoots?: (others: number) => Verdict;
  /**
   * Whether a span whose PEER names another service is to be believed. That service is credited with a failure, until a span of another service
   * turns up at the other end, which is judged instead: the failure then becomes an exemption.
   */
  readonly namedPeer?: (span: SpanView) => boolean;
}

export interface Check extends CheckInfo {
  /** Attribute keys it reads. */
  readonly attributes: readonly string[];
  /** Whose row `withParent` counts in: the span's own, unless it says `parent`. */
  readonly creditsParent?: boolean;
  open(rules: CheckRules): Judge;
}
