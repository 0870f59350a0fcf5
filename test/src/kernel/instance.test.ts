/** Without a kernel everything works, only more slowly: why there is none must be known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { loadKernel } from '../../../src/kernel/instance.ts';

const BUILT = pathToFileURL(resolve('dist/src/kernel/kernel.wasm'));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kernel-'));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('is loaded from its file', () => {
  const { kernel, problem } = loadKernel(BUILT, undefined);
  expect(kernel).toBeDefined();
  expect(problem).toBeUndefined();
});

it('is left out where nobody wants it, which is no problem', () => {
  expect(loadKernel(BUILT, 'off')).toEqual({ kernel: undefined });
});

it('names the file that is missing', () => {
  const { kernel, problem } = loadKernel(pathToFileURL(join(folder, 'absent.wasm')), undefined);
  expect(kernel).toBeUndefined();
  expect(String(problem)).toContain('absent.wasm');
});

it('says that its file is damaged', () => {
  const path = join(folder, 'damaged.wasm');
  writeFileSync(path, 'no module');
  const { kernel, problem } = loadKernel(pathToFileURL(path), undefined);
  expect(kernel).toBeUndefined();
  expect(String(problem)).toMatch(/^CompileError/);
});

it('says that WebAssembly is missing', () => {
  vi.stubGlobal('WebAssembly', undefined);
  expect(loadKernel(BUILT, undefined)).toEqual({ kernel: undefined, problem: 'there is no WebAssembly' });
});
