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
  return issues.flatMap((issue): string[] => {
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

function messageOf(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code === 'invalid_type') return 'required';
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
    return `expected one of ${allowed.join(', ')}${hint === '' ? '' : `.${hint}`}`;
  }
  if (issue.code === 'invalid_type')
    return issue.expected === 'string'
      ? `expected text, found ${kindOf(value)}; put it in quotes`
      : `expected ${WORDS[issue.expected] ?? issue.expected}, found ${kindOf(value)}`;
  const message = issue.message.replace(
    /^(Invalid input|Invalid string|Too small|Too big|Invalid number): /,
    '',
  );
  return message
    .replace(/^expected number to be /, 'expected ')
    .replace(/^expected >=/, 'expected at least ')
    .replace(/^expected <=/, 'expected at most ');
}

const WORDS: Readonly<Record<string, string>> = {
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

function keyOf(path: Path): string {
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
