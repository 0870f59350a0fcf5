/**
 * A URL's query as fields, read as Go reads it: pairs that cannot be decoded are dropped, the first of several values counts. Values are
 * parsed with Go's error texts, since the UI shows them and its users search for them.
 */
import { ApiError } from './api-error.ts';

export type QueryFields = ReadonlyMap<string, readonly string[]>;

export function queryFields(query: string): QueryFields {
  const fields = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const key = formDecoded(name);
    const value = formDecoded(rest.join('='));
    if (pair === '' || key === undefined || value === undefined) continue;
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

/** What follows the `?` of a request's URL. */
export function rawQuery(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/**
 * The fields as a Jaeger UI means them that does not encode the service's name: it writes `service` first and `endTs` next, so all
 * between them is the name, and a `+` in it is a plus. Undefined where that reading is not another one.
 */
export function unencodedServiceFields(query: string): QueryFields | undefined {
  const match = /^service=(.*?)&(endTs=.*)$/s.exec(query);
  if (match === null) return undefined;
  const name = percentDecoded(match[1]!);
  const fields = new Map(queryFields(match[2]!));
  fields.set('service', [name]);
  const plain = queryFields(query).get('service');
  return plain?.length === 1 && plain[0] === name ? undefined : fields;
}

export function first(fields: QueryFields, name: string): string {
  return fields.get(name)?.[0] ?? '';
}

/** A base-10 int64, or `fallback` where the field is absent or empty. Beyond 2^53 the nearest double stands for it. */
export function integerField(fields: QueryFields, name: string, fallback: number): number {
  const text = first(fields, name);
  if (text === '') return fallback;
  if (!/^[+-]?\d+$/.test(text))
    throw parseError(name, `strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value)
    throw parseError(name, `strconv.ParseInt: parsing ${quoted(text)}: value out of range`);
  return Number(value);
}

export function booleanField(fields: QueryFields, name: string): boolean {
  const text = first(fields, name);
  if (text === '' || ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  throw parseError(name, `strconv.ParseBool: parsing ${quoted(text)}: invalid syntax`);
}

export function floatField(fields: QueryFields, name: string): number {
  const text = first(fields, name);
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?(inf(inity)?|nan)$/i.test(text)) return Number.NaN;
  throw parseError(name, `strconv.ParseFloat: parsing ${quoted(text)}: invalid syntax`);
}

export function parseError(name: string, reason: string): ApiError {
  return new ApiError(400, `unable to parse param '${name}': ${reason}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Decodes what is an escape and keeps any other `%`. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
