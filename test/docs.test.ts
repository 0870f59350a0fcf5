/** What the pages say of views and metrics, beside what there is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createTelemetry } from '../src/telemetry.ts';
import { textOf } from './support/chunks.ts';

/** By view, the page that explains it. */
const PAGES: Readonly<Record<string, string>> = {
  red: 'RED',
  services: 'RED',
  operations: 'RED',
  dependencies: 'DEPENDENCIES',
  paths: 'PATHS',
  quality: 'QUALITY',
  clients: 'QUALITY',
  progress: 'OPERATIONS',
};

const schema = readFileSync('test/golden/schema.sql', 'utf8');
const views = [
  ...schema.matchAll(/^CREATE OR REPLACE VIEW weir\.(\w+) AS\n(?:WITH[^;]*?\n)?SELECT\n([^;]*?)\nFROM/gm),
];

/** Names between backticks; of `a_{b,c}` both. */
function namesIn(page: string): ReadonlySet<string> {
  const names = [...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, text]) => {
    const [, before = '', words, after = ''] = /^(\w*)\{([\w,]+)\}(\w*)$/.exec(text!) ?? [];
    return words === undefined ? text! : words.split(',').map((word) => `${before}${word}${after}`);
  });
  return new Set(names);
}

it('every view has a page', () => {
  expect(views.map(([, view]) => view).sort()).toEqual(Object.keys(PAGES).sort());
});

it.each(views.map(([, view, columns]) => [view!, columns!]))(
  'the page of view %s names its columns',
  (view, columns) => {
    const names = namesIn(readFileSync(`docs/${PAGES[view]!}.md`, 'utf8'));
    const columnsOf = columns.split(/,\n {4}(?! )/).map((column) => /(\w+)$/.exec(column)![1]!);
    expect(columnsOf.length).toBeGreaterThan(3);
    expect(columnsOf.filter((column) => !names.has(column))).toEqual([]);
  },
);

it("docs/OPERATIONS.md names every metric of Weir's own", async () => {
  const names = namesIn(readFileSync('docs/OPERATIONS.md', 'utf8'));
  const text = await textOf(createTelemetry({ hasProcessMetrics: false }).render());
  const metrics = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!);
  expect(metrics.length).toBeGreaterThan(10);
  expect(metrics.filter((name) => !names.has(name))).toEqual([]);
});
