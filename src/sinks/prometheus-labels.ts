/**
 * Labels of Prometheus series. Names come from the configuration alone: no text of a span ever becomes one. Values come from spans and
 * leave here safe to print: well-formed, at most LABEL_VALUE_BYTES_MAX long, escaped.
 */
import { cutEnd } from '../spans/sanitize.ts';

/** A longer value is cut at a character's border. Names that differ only beyond it share one series. */
export const LABEL_VALUE_BYTES_MAX = 256;

/** `name="value"`, or nothing for an empty value: Prometheus takes an empty label for an absent one, so printing it could repeat a series. */
export function labelText(name: string, value: string): string {
  const safe = safeValue(value);
  return safe === '' ? '' : `${name}="${safe}"`;
}

/** Joins what labelText gave, leaving out what was empty. */
export function joinLabels(...labels: readonly string[]): string {
  return labels.filter((label) => label !== '').join(',');
}

/**
 * A label name per attribute key. Keys that are label names already keep theirs; of the rest, in the order of their characters, a name
 * that is taken gets the next free `_2`, `_3`, ...
 */
export function labelNames(
  keys: readonly string[],
  reserved: readonly string[],
): ReadonlyMap<string, string> {
  const distinct = [...new Set(keys)].sort();
  const isPlain = (key: string): boolean => labelName(key) === key;
  const taken = new Set(reserved);
  const names = new Map<string, string>();
  for (const key of [...distinct.filter(isPlain), ...distinct.filter((key) => !isPlain(key))]) {
    const wanted = labelName(key);
    let name = wanted;
    for (let suffix = 2; taken.has(name); suffix++) name = `${wanted}_${suffix}`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

/** UTF-8 takes at most this many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;
const UNSAFE = /[\\"\n]|\p{Surrogate}/u;

function safeValue(value: string): string {
  const short = value.length * BYTES_PER_UNIT_MAX <= LABEL_VALUE_BYTES_MAX ? value : cutValue(value);
  if (!UNSAFE.test(short)) return short;
  return short
    .replace(/\p{Surrogate}/gu, '')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');
}

function cutValue(value: string): string {
  const wellFormed = value.replace(/\p{Surrogate}/gu, '');
  const bytes = Buffer.from(wellFormed);
  if (bytes.length <= LABEL_VALUE_BYTES_MAX) return wellFormed;
  return bytes.toString('utf8', 0, cutEnd(bytes, 0, bytes.length, LABEL_VALUE_BYTES_MAX));
}

/** Names that start with a digit are not allowed, and those that start with `__` are Prometheus' own. */
function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return name === '' || name.startsWith('_') ? `key${name}` : name;
}
