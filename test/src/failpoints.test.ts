import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { armed, FAILPOINTS } from '../../src/failpoints.ts';
import { filesUnder, readSource } from '../support/source-tree.ts';

describe('a failpoint', () => {
  it('does nothing where nothing is asked for', () => {
    expect(() => armed('', fail)('flush.taken')).not.toThrow();
  });

  it('acts at the hit it was told, once, and at no other place', () => {
    const acted: string[] = [];
    const failpoint = armed('flush.taken@2, read.slot', () => acted.push('now'));
    failpoint('flush.taken');
    failpoint('flush.rows_written');
    expect(acted).toHaveLength(0);
    failpoint('flush.taken');
    expect(acted).toHaveLength(1);
    failpoint('flush.taken');
    expect(acted).toHaveLength(1);
    failpoint('read.slot');
    expect(acted).toHaveLength(2);
  });

  it.each(['flush', 'flush.taken@0', 'flush.taken@', '__proto__', 'flush.taken@2@3'])(
    'that does not exist is refused: %s',
    (text) => {
      expect(() => armed(text, fail)).toThrow(ConfigError);
    },
  );
});

it('each name is one place of the code', () => {
  const text = filesUnder('src', '.ts')
    .map((path) => readSource(path).text)
    .join('\n');
  const placed = [...text.matchAll(/\bfailpoint\('([^']+)'\)/g)].map(([, name]) => name!);
  expect(placed.sort()).toEqual(Object.keys(FAILPOINTS).sort());
});

function fail(): void {
  throw new Error('it acted');
}
