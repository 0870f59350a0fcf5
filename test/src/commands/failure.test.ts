import { expect, it } from 'vitest';
import { describeError, exitCodeOf, UsageError } from '../../../src/commands/failure.ts';
import { ConfigError } from '../../../src/config/config-error.ts';

it('a wrong configuration or command line is 2, anything else that fails 1', () => {
  expect([new ConfigError(['x']), new UsageError('x'), new Error('x'), 'x'].map(exitCodeOf)).toEqual([
    2, 2, 1, 1,
  ]);
});

it('errors are told without stacks, with causes that add something', () => {
  const error = new Error('cannot start', { cause: new Error('port taken') });
  expect(describeError(error, false)).toBe('cannot start\n  because: port taken');
  expect(
    describeError(new Error('cannot start: port taken', { cause: new Error('port taken') }), false),
  ).toBe('cannot start: port taken');
  expect(describeError(error, true)).toContain('failure.test.ts');
});
