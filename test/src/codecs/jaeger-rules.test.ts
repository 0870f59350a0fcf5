import { describe, expect, it } from 'vitest';
import {
  checkDuration,
  checkTimestamp,
  httpStatusOfText,
  kindOfTag,
  statusOfTags,
} from '../../../src/codecs/jaeger-rules.ts';
import { SPAN_KINDS, STATUS_CODES } from '../../../src/spans/span-batch.ts';

describe('a Jaeger span', () => {
  it('has the kind its tag names', () => {
    for (const kind of SPAN_KINDS) expect(SPAN_KINDS[kindOfTag(kind)]).toBe(kind);
    expect(SPAN_KINDS[kindOfTag('Server')]).toBe('unspecified');
  });

  it.each([
    ['error', true, 'OK', 200, 'server'],
    ['ok', false, 'ok', 500, 'server'],
    ['error', false, 'ERROR', undefined, 'server'],
    ['unset', false, '', 500, 'server'],
    ['unset', false, undefined, undefined, 'client'],
    ['unset', false, undefined, 200, 'client'],
    ['unset', false, undefined, 404, 'server'],
    ['error', false, undefined, 404, 'client'],
    ['error', false, undefined, 404, 'internal'],
    ['error', false, undefined, 503, 'server'],
    ['error', false, undefined, 399, 'server'],
    ['unset', false, undefined, 398, 'server'],
    ['error', false, undefined, 99, 'server'],
  ] as const)(
    'has status %s for error %s, code %s, HTTP %s and kind %s',
    (status, error, statusCode, httpStatus, kind) => {
      expect(STATUS_CODES[statusOfTags({ error, statusCode, httpStatus }, SPAN_KINDS.indexOf(kind))]).toBe(
        status,
      );
    },
  );

  it('may write its HTTP status as text', () => {
    expect(httpStatusOfText('404')).toBe(404);
    expect(httpStatusOfText('+200')).toBe(200);
    for (const text of ['', '4xx', '200.0', ' 200', '9'.repeat(20)])
      expect(httpStatusOfText(text)).toBeUndefined();
  });

  it('has a start and a duration that protobuf allows', () => {
    checkTimestamp(-62_135_596_800, 0);
    checkTimestamp(253_402_300_799, 999_999_999);
    checkDuration(-1, -500);
    checkDuration(0, 999_999_999);
    for (const [seconds, nanos] of [
      [-62_135_596_801, 0],
      [253_402_300_800, 0],
      [0, -1],
      [0, 1e9],
    ] as const)
      expect(() => checkTimestamp(seconds, nanos)).toThrow('is no timestamp');
    for (const [seconds, nanos] of [
      [1, -1],
      [-1, 1],
      [315_576_000_001, 0],
      [0, 1e9],
    ] as const)
      expect(() => checkDuration(seconds, nanos)).toThrow('is no duration');
  });
});
