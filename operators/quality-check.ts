/**
 * The contract of a check. A check is one file of `operators/quality/`, default-exported and found by its file name: `has-server-span.ts` is
 * check `has_server_span`. It says in words what it judges, and as pure functions how.
 */
import type { SpanView } from './quality-span.ts';
import type { Place, SpanRing } from './span-ring.ts';

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

/** What checks go by: the configuration's part, and where attributes lie. */
export interface CheckRules {
  readonly clockToleranceUs: number;
  readonly durationUsMax: number;
  /** Least versions that are current, by `language/sdk`. */
  readonly minimumVersions: Readonly<Record<string, string>>;
  /** The column of an attribute key that some check declared. */
  readonly column: (key: string) => number;
}

/** Another span, and what the check thinks of the two. */
export interface Pair {
  readonly spans: SpanRing;
  readonly span: Place;
  readonly other: Place;
}

/** The judging of a check. Each function is pure; those a check does not need, it leaves out. */
export interface Judge {
  /** When the span is read, from itself alone. */
  readonly alone?: (span: SpanView) => Verdict;
  /** When its parent (`other`) is known, and anew when a better one turns up: takes the place of the verdict before, but not of an exemption. */
  readonly withParent?: (pair: Pair) => Verdict;
  /** Whether two spans of one id are one too many. Both fail then, for good. */
  readonly clashes?: (pair: Pair) => boolean;
  /** A root's verdict, by how many other roots its trace has. */
  readonly amongRoots?: (others: number) => Verdict;
  /**
   * Whom the span calls, or is called by, in its own words, as a dictionary id; 0: nobody. That service is credited with a failure, until a
   * span of another service turns up at the other end, which is judged instead: the failure then becomes an exemption.
   */
  readonly namedPeer?: (span: SpanView) => number;
}

export interface Check extends CheckInfo {
  /** Attribute keys it reads. */
  readonly attributes: readonly string[];
  /** Whose row `withParent` counts in: the span's own, unless it says `parent`. */
  readonly creditsParent?: boolean;
  open(rules: CheckRules): Judge;
}
