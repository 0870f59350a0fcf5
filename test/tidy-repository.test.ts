/** The house rules on names, tests and the files around the code. Each test names one rule; what it lists are the places that break it. */
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type SourceFile, filesUnder, placeOf, readSource, walk } from './support/source-tree.ts';

const product = ['operators', 'jobs', 'src'].flatMap((folder) => filesUnder(folder, '.ts')).map(readSource);
const code = [
  ...product,
  ...['benchmarks', 'test'].flatMap((folder) => filesUnder(folder, '.ts')).map(readSource),
];

function inFolder(folder: string): readonly SourceFile[] {
  return product.filter(({ path }) => posix.dirname(path) === folder);
}

describe('names', () => {
  it('of files are kebab-case nouns', () => {
    const wrong = code.filter(({ path }) => !/^[a-z0-9-]+(\.(test|bench))?\.ts$/.test(posix.basename(path)));
    expect(wrong.map(({ path }) => path)).toEqual([]);
    expect(code.filter(({ path }) => /(^|\/)(utils?|helpers?|misc|common|index)\.ts$/.test(path))).toEqual(
      [],
    );
  });

  it('of jobs are their file names', () => {
    const wrong = inFolder('jobs').filter(
      ({ path, text }) => !text.includes(`name: '${posix.basename(path, '.ts')}'`),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('of tables carry a version', () => {
    const found: string[] = [];
    for (const file of product)
      walk(file.syntax, (node) => {
        if (!ts.isVariableDeclaration(node) || node.type?.getText(file.syntax) !== 'Table') return;
        if (node.initializer === undefined || !ts.isObjectLiteralExpression(node.initializer)) return;
        const name = node.initializer.properties.find(
          (property) => property.name?.getText(file.syntax) === 'name',
        );
        const value = name !== undefined && ts.isPropertyAssignment(name) ? name.initializer : undefined;
        const text =
          value !== undefined && ts.isIdentifier(value)
            ? constantOf(value.text)
            : value?.getText(file.syntax);
        if (!/_v\d+'$/.test(text ?? '')) found.push(placeOf(file, node));
      });
    expect(found).toEqual([]);
  });

  /** The text a constant of that name is set to, anywhere in the product. */
  function constantOf(name: string): string | undefined {
    return product.flatMap(({ text }) => new RegExp(`const ${name} = ('[^']*')`).exec(text)?.[1] ?? [])[0];
  }
});

describe('tests', () => {
  /** Contracts: types, with nothing that could be wrong. */
  const CONTRACTS = ['operators/operator.ts', 'operators/rows.ts'];

  it('exist for every operator, job and codec, under the mirrored name', () => {
    const operators = [...inFolder('operators'), ...inFolder('operators/quality')].filter(
      ({ path }) => !CONTRACTS.includes(path) && !isPartOfSibling(path),
    );
    const codecs = inFolder('src/codecs').filter(({ text }) => text.includes('export default'));
    const untested = [...operators, ...inFolder('jobs'), ...codecs].filter(
      ({ path }) => !existsSync(`test/${path.replace(/\.ts$/, '.test.ts')}`),
    );
    expect(untested.map(({ path }) => path)).toEqual([]);
  });

  /** A part of another operator is tested through it. */
  function isPartOfSibling(path: string): boolean {
    return inFolder(posix.dirname(path)).some(({ imports }) => imports.some(({ target }) => target === path));
  }
});

describe('the repository', () => {
  const pages = [...filesUnder('docs', '.md'), 'README.md'];

  it('links to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
        .map(([, link]) => link!)
        .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(posix.join(posix.dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('mentions no path of one machine', () => {
    const machine = new RegExp(['/work' + '/', '/tmp' + '/team', '/home' + '/', '/root' + '/'].join('|'));
    const files = [
      ...code.map(({ path }) => path),
      ...pages,
      'package.json',
      '.ci/run',
      'Dockerfile',
      'docker-compose.yml',
    ];
    expect(files.filter((path) => existsSync(path) && machine.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('has every file that a script of package.json runs', () => {
    const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
      bin: Record<string, string>;
    };
    const named =
      [...Object.values(scripts), ...Object.values(bin)].join(' ').match(/[\w./-]+\.(js|json|ts)\b/g) ?? [];
    const sources = named.map((path) => path.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((path) => !existsSync(path) && !existsSync(path.replace(/\.ts$/, '.js')))).toEqual(
      [],
    );
  });
});
