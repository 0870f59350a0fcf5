import { describe, expect, it } from 'vitest';
import { isParent, kindName, kindOf, statusOf } from '../../../src/codecs/zipkin-rules.ts';
import { SPAN_KINDS, STATUS_CODES } from '../../../src/spans/span-batch.ts';

describe('a Zipkin span', () => {
  it('has the kind it names, and is internal only by its tag', () => {
    const kinds = [0, 1, 2, 3, 4, 5].map((number) => SPAN_KINDS[kindOf(kindName(number), undefined)]);
    expect(kinds).toEqual(['unspecified', 'client', 'server', 'producer', 'consumer', 'unspecified']);
    expect(SPAN_KINDS[kindOf('', 'internal')]).toBe('internal');
    expect(SPAN_KINDS[kindOf('SERVER', 'internal')]).toBe('server');
    expect(SPAN_KINDS[kindOf('', 'server')]).toBe('unspecified');
  });

  it.each([
    ['error', true, 'OK'],
    ['error', true, undefined],
    ['error', false, 'STATUS_CODE_ERROR'],
    ['error', false, 'Error'],
    ['ok', false, 'STATUS_CODE_OK'],
    ['ok', false, 'OK'],
    ['unset', false, 'STATUS_CODE_UNSET'],
    ['unset', false, undefined],
  ])('has status %s for an error tag (%s) and code %s', (status, hasErrorTag, code) => {
    expect(STATUS_CODES[statusOf(hasErrorTag, code)]).toBe(status);
  });

  it('is not its own parent', () => {
    expect(isParent(1, 2, 1, 2)).toBe(false);
    expect(isParent(1, 2, 1, 3)).toBe(true);
    expect(isParent(1, 2, 2, 2)).toBe(true);
  });
});
