import { expect, it } from 'vitest';
import { colorsFor, createTerminal } from '../../src/terminal.ts';

it('keeps the status line below what is written', () => {
  let seen = '';
  const terminal = createTerminal({ isTTY: true, columns: 20, write: (text) => (seen += text) });
  terminal.status('working');
  terminal.write('a line\n');
  terminal.status('');
  expect(seen.split('\r\u001b[2K')).toEqual(['', 'working', 'a line\nworking', '']);
});

it('cuts a status line that would wrap', () => {
  let seen = '';
  createTerminal({ isTTY: true, columns: 5, write: (text) => (seen += text) }).status('123456');
  expect(seen).toBe('\r\u001b[2K1234');
});

it.each([0, undefined])('cuts it at 80 where the width is %s', (columns) => {
  let seen = '';
  const terminal = createTerminal({
    isTTY: true,
    ...(columns === undefined ? {} : { columns }),
    write: (text) => (seen += text),
  });
  terminal.status('short');
  terminal.status('x'.repeat(100));
  expect(seen).toBe(`\r\u001b[2Kshort\r\u001b[2K${'x'.repeat(79)}`);
});

it('shows neither status nor colours where nobody looks', () => {
  let seen = '';
  const terminal = createTerminal({ write: (text) => (seen += text) });
  terminal.status('working');
  terminal.write(colorsFor(terminal).red('a line'));
  expect(seen).toBe('a line');
});
