/** Says in the user's words what is wrong with a value: `weir.yaml:3:5: kafka.brokers: expected list, found text`. */
import type { z } from 'zod';
import { isRecord } from './document.ts';
import { keysAt } from './leaves.ts';
import { didYouMean } from './suggest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export function problemsOf(
  issues: readonly Issue[],
  values: Record<string, unknown>,
  placeOf: (path: Path) => string,
): readonly string[] {
  const problem = (path: Path, message: string) => `${placeOf(path)}: ${keyOf(path)}: ${message}`;
  return onePerValue(issues).flatMap((issue): string[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(issue.path);
      return issue.keys.map((name) => {
        const hint = didYouMean(name, known);
        return problem(
          [...issue.path, name],
          `unknown key.${hint === '' ? ` Known here: ${known.join(', ')}.` : hint}`,
        );
      });
    }
    return [problem(issue.path, messageOf(issue, valueAt(values, issue.path)))];
  });
}

/** A value that breaks several rules is named once: by its type, else by the first rule that says more than that it is no safe integer. */
function onePerValue(issues: readonly Issue[]): readonly Issue[] {
  const chosen = new Map<string, Issue>();
  for (const issue of issues) {
    const place = JSON.stringify([issue.code === 'unrecognized_keys', ...issue.path.map(String)]);
    const other = chosen.get(place);
    if (other === undefined || isUnsafeInteger(other)) chosen.set(place, issue);
  }
  return [...chosen.values()];
}

function isUnsafeInteger(issue: Issue): boolean {
  return (
    (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER)
  );
}

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
      return `expected one of ${allowed.join(', ')}${hint === '' ? '' : `.${hint}`}`;
    }
    case 'invalid_type':
      return typeMessage(issue.expected, value);
    case 'too_small':
      if (issue.origin === 'string') return 'is empty; give it a value, or leave it out';
      if (issue.origin === 'array') return 'the list is empty; name at least one, or leave the key out';
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return Array.isArray(value)
        ? `expected at most ${issue.maximum} in the list, found ${value.length}`
        : `expected at most ${issue.maximum}`;
    case 'invalid_key':
      return 'expected a name before the colon, found nothing';
    default:
      return issue.message;
  }
}

function typeMessage(expected: string, value: unknown): string {
  if (value === undefined) return 'required';
  if (value === null)
    return `expected ${wordsFor(expected)}, found nothing; give it a value, or leave it out`;
  if (expected === 'string' && typeof value !== 'object')
    return `expected text, found ${kindOf(value)}; put it in quotes`;
  const isNumeric = expected === 'int' || expected === 'number';
  const found = isNumeric && typeof value === 'number' ? String(value) : kindOf(value);
  return `expected ${wordsFor(expected)}, found ${found}`;
}

function wordsFor(expected: string): string {
  return WORDS[expected] ?? expected;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a section with keys',
  array: 'a list, such as [a, b]',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a section';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/** `kafka.topics[1].name` */
export function keyOf(path: Path): string {
  return path.reduce<string>(
    (key, step) =>
      typeof step === 'number' ? `${key}[${step}]` : key === '' ? String(step) : `${key}.${String(step)}`,
    '',
  );
}

function valueAt(values: unknown, path: Path): unknown {
  let value = values;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)] as unknown;
    else value = isRecord(value) ? value[String(step)] : undefined;
  }
  return value;
}
