/**
 * The modules of WebAssembly that the build puts beside this file's compiled form. Where WebAssembly or a file is missing, or WEIR_KERNEL is `off`,
 * there is none, and what it would do is done without it.
 */
import { readFileSync } from 'node:fs';

/** What is used of WebAssembly: its types come with a browser's, which are not ours. */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: Imports) => { readonly exports: unknown };
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => Memory;
}

export interface Memory {
  readonly buffer: ArrayBuffer;
}

export interface Imports {
  readonly env: { readonly memory: Memory };
}

export interface WasmModule<Exports> {
  instantiate(imports?: Imports): Exports;
  /** Memory of so many pages of 64 KiB, zeros all; throws where there is no room for it. */
  makeMemory(pages: number): Memory;
}

export interface Loaded<Exports> {
  readonly module?: WasmModule<Exports>;
  /** Why there is none; absent where nobody wants one. */
  readonly problem?: unknown;
}

/** Where the build puts a module. The sources, beside which none is built, take that one. */
export function builtModule(name: string): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? `../../dist/src/kernel/${name}` : `./${name}`,
    import.meta.url,
  );
}

/** Compiles the file at `url`, whose exports are known to be these. */
export function loadModule<Exports>(url: URL, setting = process.env['WEIR_KERNEL']): Loaded<Exports> {
  if (setting === 'off') return {};
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined) return { problem: 'there is no WebAssembly' };
  try {
    const module = new WebAssembly.Module(readFileSync(url));
    return {
      module: {
        instantiate: (imports) => new WebAssembly.Instance(module, imports).exports as Exports,
        makeMemory: (pages) => new WebAssembly.Memory({ initial: pages, maximum: pages }),
      },
    };
  } catch (error) {
    return { problem: error };
  }
}
