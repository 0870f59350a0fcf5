import { expect, it } from 'vitest';
import { textOf } from '../../../src/config/text-encoding.ts';

const UTF_16_MARK = '\uFEFF';
const big = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

it.each([Buffer.from(''), Buffer.from('a'), Buffer.from('# größer\n'), Buffer.from('\uFEFFhttp: {}\n')])(
  'what is UTF-8 is taken: %s',
  (bytes) => {
    expect(textOf(bytes)).toBe(bytes.toString().replace('\uFEFF', ''));
  },
);

it.each([
  ['little-endian with a mark', Buffer.from(`${UTF_16_MARK}http: {}\n`, 'utf16le')],
  ['little-endian without', Buffer.from('http: {}\n', 'utf16le')],
  ['big-endian with a mark', big(`${UTF_16_MARK}http: {}\n`)],
  ['big-endian without', big('http: {}\n')],
])('UTF-16 is seen: %s', (_name, bytes) => {
  expect(textOf(bytes)).toEqual({ encoding: 'UTF-16', line: 1, column: 1 });
});

it.each([
  ['http: {}\n# größer\n', 2, 5],
  ['é', 1, 1],
  ['# \n\nkafka:\n  clientId: à\n', 4, 13],
])('Latin-1 is seen at its first letter that is not ASCII: %s', (text, line, column) => {
  expect(textOf(Buffer.from(text, 'latin1'))).toEqual({
    encoding: 'Latin-1 or Windows-1252',
    line,
    column,
  });
});
