/** The house rules that a linter cannot state. Each test names one rule; what it lists are the places that break it. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type SourceFile, filesUnder, linesOf, placeOf, readSource, walk } from './support/source-tree.ts';

const product = ['operators', 'jobs', 'src'].flatMap((folder) => filesUnder(folder, '.ts')).map(readSource);
const code = [
  ...product,
  ...['benchmarks', 'test'].flatMap((folder) => filesUnder(folder, '.ts')).map(readSource),
];
const byPath = new Map(product.map((file) => [file.path, file]));

/** Paths of product files in a folder. */
function paths(folder: string): readonly string[] {
  return product.map(({ path }) => path).filter((path) => posix.dirname(path) === folder);
}

function places(files: readonly SourceFile[], isWrong: (node: ts.Node) => boolean): string[] {
  const found: string[] = [];
  for (const file of files)
    walk(file.syntax, (node) => {
      if (isWrong(node)) found.push(placeOf(file, node));
    });
  return found;
}

it('sees the code', () => {
  expect(product.length).toBeGreaterThan(40);
  expect(byPath.get('operators/red.ts')?.imports.map(({ target }) => target)).toContain(
    'operators/operator.ts',
  );
});

describe('imports', () => {
  /** Parts of operators/ that the engine knows: the contract, and what every job shares. */
  const CONTRACT = ['operators/operator.ts', 'operators/quality-check.ts', 'operators/rows.ts'];
  const ENGINE = ['operators/neighbourhood.ts'];

  function imports(folder: string): { from: string; target: string; isRelative: boolean }[] {
    return product
      .filter(({ path }) => path.startsWith(folder))
      .flatMap(({ path, imports }) =>
        imports.map(({ target, isRelative }) => ({ from: path, target, isRelative })),
      );
  }

  it('of operators/ are operators, spans and rxjs', () => {
    const wrong = imports('operators/').filter(({ target, isRelative }) =>
      isRelative ? !target.startsWith('operators/') && !target.startsWith('src/spans/') : target !== 'rxjs',
    );
    expect(wrong).toEqual([]);
  });

  it('of src/ reach operators/ by its contract alone, and jobs/ never', () => {
    const wrong = imports('src/').filter(
      ({ from, target }) =>
        target.startsWith('jobs/') ||
        (target.startsWith('operators/') &&
          !CONTRACT.includes(target) &&
          !(from.startsWith('src/engine/') && ENGINE.includes(target))),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['kafkajs', /^src\/(sources|codecs)\/kafka/],
    ['@clickhouse/client', /^src\/sinks\/clickhouse/],
    ['fastify', /^src\/(api\/|sources\/otlp-http)/],
    ['prom-client', /^src\/telemetry\.ts$/],
    ['apache-arrow', /^src\/sinks\/arrow(-columns)?\.ts$/],
    ['chdb', /^src\/sinks\/clickhouse-embedded/],
    ['ffi-rs', /^src\/(sinks\/clickhouse-embedded|allocator\.ts$)/],
    ['zod', /^src\/config\//],
    ['yaml', /^src\/config\//],
    ['commander', /^src\/cli\.ts$/],
    ['pino', /^src\/log\.ts$/],
    ['picocolors', /^src\/terminal\.ts$/],
    ['rxjs', /^(operators|src\/engine)\//],
  ])('of %s stay in one place', (name, allowed) => {
    expect(imports('').filter(({ from, target }) => target === name && !allowed.test(from))).toEqual([]);
  });

  it('of WebAssembly stay with the kernel', () => {
    const wrong = product.filter(
      ({ path, text }) => !path.startsWith('src/kernel/') && /\bnew WebAssembly\b|\.wasm\b/.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('form no cycle', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path) || trail.includes(path)) return;
      for (const { target, isRelative } of byPath.get(path)?.imports ?? [])
        if (isRelative) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const path of byPath.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('reach every file from an entry point', () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { target, isRelative } of readSource(path).imports)
        if (isRelative && existsSync(target)) visit(target);
    };
    const entries = [
      'src/cli.ts',
      'src/config/reference.ts',
      'src/kernel/assembly/kernel.ts',
      'src/kernel/assembly/neighbourhood.ts',
      ...['jobs', 'operators/quality', 'src/codecs'].flatMap(paths),
    ];
    for (const path of entries) visit(path);
    for (const { path } of product)
      if (path.endsWith('-child.ts') || path.endsWith('-worker.ts')) visit(path);
    expect([...byPath.keys()].filter((path) => !reached.has(path))).toEqual([]);
  });
});

describe('operators/', () => {
  const BANNED = new Set([
    'Date',
    'performance',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'process',
    'console',
  ]);

  it('has no clock, no randomness and no I/O', () => {
    const operators = product.filter(({ path }) => path.startsWith('operators/'));
    const found = places(operators, (node) => {
      if (!ts.isIdentifier(node)) return false;
      const { parent } = node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      return isMember ? node.text === 'random' : BANNED.has(node.text);
    });
    expect(found).toEqual([]);
  });
});

describe('sizes', () => {
  it.each([
    ['product', product, 250],
    ['tests and benchmarks', code.filter((file) => !product.includes(file)), 450],
  ])('of files of %s stay within bounds', (_name, files, linesMax) => {
    const long = files.filter(({ text }) => linesOf(text) > linesMax);
    expect(long.map(({ path, text }) => `${path}: ${linesOf(text)}`)).toEqual([]);
  });

  it('of functions stay within 60 lines', () => {
    const long = places(
      product,
      (node) =>
        ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && linesOf(node.getText()) > 60,
    );
    expect(long).toEqual([]);
  });
});

describe('the code', () => {
  it('has no any and no enum', () => {
    expect(
      places(code, (node) => node.kind === ts.SyntaxKind.AnyKeyword || ts.isEnumDeclaration(node)),
    ).toEqual([]);
  });

  it('has no barrel', () => {
    expect(
      places(
        code,
        (node) =>
          ts.isExportDeclaration(node) &&
          node.moduleSpecifier !== undefined &&
          node.exportClause === undefined,
      ),
    ).toEqual([]);
    const barrels = product.filter(
      ({ syntax }) => syntax.statements.length > 0 && syntax.statements.every(ts.isExportDeclaration),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it('exports no value that nobody imports', () => {
    // Those of AssemblyScript are the module's.
    const files = product.filter(({ path }) => !path.startsWith('src/kernel/assembly/'));
    const importers = (path: string): readonly SourceFile[] =>
      code.filter(({ imports }) => imports.some(({ target }) => target === path));
    const found = files.flatMap((file) => {
      const users = importers(file.path);
      return exportedValues(file.syntax)
        .filter((name) => !users.some(({ text }) => new RegExp(`\\b${name}\\b`).test(text)))
        .map((name) => `${file.path}: ${name}`);
    });
    expect(found).toEqual([]);
  });

  function namesOf(name: ts.BindingName): readonly string[] {
    if (ts.isIdentifier(name)) return [name.text];
    return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
  }

  function exportedValues(syntax: ts.SourceFile): readonly string[] {
    return syntax.statements.flatMap((statement) => {
      const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
      const kinds = modifiers.map(({ kind }) => kind);
      if (!kinds.includes(ts.SyntaxKind.ExportKeyword) || kinds.includes(ts.SyntaxKind.DefaultKeyword))
        return [];
      if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name));
      const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
      return isValue && statement.name !== undefined ? [statement.name.text] : [];
    });
  }

  it('leaves nothing for later', () => {
    const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
    expect(code.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('says in a header what each product file is for', () => {
    expect(
      product
        .filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text) && !/^import[^;]*;\n\/\*\*/.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});
