import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { LEAVES } from '../../../src/config/leaves.ts';
import { configPage, withConfigTable } from '../../../src/config/reference.ts';

it('docs/CONFIG.md is fresh (else run `npm run docs`)', async () => {
  expect(await readFile('docs/CONFIG.md', 'utf8')).toBe(configPage());
});

it('the table in README.md is fresh (else run `npm run docs`)', async () => {
  const readme = await readFile('README.md', 'utf8');
  expect(readme).toBe(withConfigTable(readme));
});

it('the page has a row for every key', () => {
  const page = configPage();
  expect(LEAVES.filter(({ key }) => !page.includes(`| \`${key}\` |`))).toEqual([]);
});
