/**
 * Times as Go prints and reads them: RFC 3339 with any offset and up to nanoseconds, durations such as `1.5s` or `1h2m3.25s`. Text
 * comes in, whole seconds and the nanoseconds beyond them go out; what Go refuses is a DecodeError.
 */
import { DecodeError } from '../decode-error.ts';
import { latin1 } from './decimal.ts';

export interface Seconds {
  /** Whole seconds. */
  s: number;
  /** Nanoseconds beyond them, of the same sign in a duration, never negative in a time. */
  ns: number;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
const DURATION_PART = /(\d*)(?:\.(\d*))?(ns|us|\u00c2\u00b5s|\u00ce\u00bcs|ms|s|m|h)/y;
const TEXT_BYTES_MAX = 64;
const UNIT_NS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  // The micro sign and the Greek letter, as the bytes of their UTF-8.
  ['\u00c2\u00b5s', 1_000n],
  ['\u00ce\u00bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const NS_MAX = 2n ** 63n;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Reads an RFC 3339 time as Unix time. */
export function readTime(bytes: Uint8Array, start: number, end: number, into: Seconds): void {
  const text = shortText(bytes, start, end, 'time');
  const parts = TIME.exec(text);
  if (parts === null) throw refused('time', text);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHour, offsetMinute] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS_IN_MONTH[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
  if (
    day < 1 ||
    day > days ||
    hour > 23 ||
    minute > 59 ||
    second > 59 ||
    offsetHour > 24 ||
    offsetMinute > 59
  )
    throw refused('time', text);
  const offsetS = (offsetHour * 60 + offsetMinute) * (parts[8] === '-' ? -60 : 60);
  into.s = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offsetS;
  into.ns = Number((parts[7] ?? '').slice(0, 9).padEnd(9, '0'));
}

/** Reads a Go duration. */
export function readDuration(bytes: Uint8Array, start: number, end: number, into: Seconds): void {
  const text = shortText(bytes, start, end, 'duration');
  const isNegative = text.startsWith('-');
  const body = isNegative || text.startsWith('+') ? text.slice(1) : text;
  const sign = isNegative ? -1 : 1;
  // What Go's own JSON writer makes: at most ten digits, and a fraction of at most nine.
  const plain = /^(\d{1,9})(?:\.(\d{1,9}))?s$/.exec(body);
  if (plain !== null) {
    into.s = sign * Number(plain[1]) || 0;
    into.ns = sign * Number((plain[2] ?? '').padEnd(9, '0')) || 0;
    return;
  }
  const totalNs = body === '0' ? 0n : nanoseconds(body, text);
  into.s = sign * Number(totalNs / 1_000_000_000n) || 0;
  into.ns = sign * Number(totalNs % 1_000_000_000n) || 0;
}

function nanoseconds(body: string, text: string): bigint {
  let total = 0n;
  DURATION_PART.lastIndex = 0;
  do {
    const part = DURATION_PART.exec(body);
    const [, whole = '', fraction = '', unit = ''] = part ?? [];
    const unitNs = UNIT_NS.get(unit);
    if (unitNs === undefined || whole + fraction === '') throw refused('duration', text);
    total += (BigInt(whole + fraction) * unitNs) / 10n ** BigInt(fraction.length);
  } while (DURATION_PART.lastIndex < body.length);
  if (total > NS_MAX) throw refused('duration', text);
  return total;
}

/** Days from 1970-01-01 in the Gregorian calendar, for any year from 0 on. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // Years start in March, so that the leap day is the last.
  const marchYear = month > 2 ? year : year - 1;
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return marchYear * 365 + leaps + dayOfYear - 719_468;
}

function shortText(bytes: Uint8Array, start: number, end: number, what: string): string {
  const text = latin1(bytes, start, Math.min(end, start + TEXT_BYTES_MAX));
  if (end - start > TEXT_BYTES_MAX) throw refused(what, text);
  return text;
}

function refused(what: string, text: string): DecodeError {
  return new DecodeError('malformed', `not a ${what} as Go prints it: ${JSON.stringify(text)}`);
}
