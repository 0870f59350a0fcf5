import { expect, it } from 'vitest';
import { linesOf, rowLines } from '../../../src/commands/row-format.ts';

async function rows(types: readonly string[], values: readonly unknown[]): Promise<Record<string, unknown>> {
  const names = types.map((_, index) => `c${index}`);
  async function* sent(): AsyncGenerator<string> {
    yield* [names, types, values].map((line) => JSON.stringify(line));
  }
  const lines: string[] = [];
  for await (const line of rowLines('red', sent())) lines.push(line);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

it('names the view first', async () => {
  const row = await rows(['String'], ['x']);
  expect(Object.entries(row)).toEqual([
    ['table', 'red'],
    ['c0', 'x'],
  ]);
});

it('gives whole numbers as numbers up to 2^53 - 1, as strings beyond', async () => {
  const types = ['UInt64', 'UInt64', 'UInt128', 'Int64', 'UInt8', 'Nullable(UInt64)'];
  const values = [
    '9007199254740991',
    '9007199254740992',
    '340282366920938463463374607431768211455',
    '-5',
    7,
    null,
  ];
  expect(Object.values(await rows(types, values)).slice(1)).toEqual([
    9007199254740991,
    '9007199254740992',
    '340282366920938463463374607431768211455',
    -5,
    7,
    null,
  ]);
});

it('gives times in RFC 3339, UTC', async () => {
  const row = await rows(
    ["DateTime('UTC')", "Nullable(DateTime64(3, 'UTC'))"],
    ['2026-09-21 14:13:00', null],
  );
  expect(row).toMatchObject({ c0: '2026-09-21T14:13:00Z', c1: null });
});

it('leaves text that looks like a number, and objects, as they are', async () => {
  const row = await rows(
    ['LowCardinality(String)', 'Map(String, String)', 'Float64'],
    ['123', { a: '1' }, 1.5],
  );
  expect(row).toMatchObject({ c0: '123', c1: { a: '1' }, c2: 1.5 });
});

it('cuts lines wherever chunks end', async () => {
  const text = Buffer.from('one\n\nköln\nlast');
  for (let size = 1; size <= text.length; size++) {
    async function* sent(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    }
    const lines: string[] = [];
    for await (const line of linesOf(sent())) lines.push(line);
    expect(lines).toEqual(['one', '', 'köln', 'last']);
  }
});
