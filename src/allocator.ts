/**
 * How memory is taken from the system and given back, where the C library is glibc. Left to itself, it takes blocks of up to 32 MiB from one heap
 * once such a block has been freed: columns of zeros then take all their room at once instead of what is used of it, and a heap with a hole gives
 * nothing back. That was 80 MiB of 600 (benchmarks/memory.ts). Elsewhere nothing happens.
 */
import { createRequire } from 'node:module';

interface Ffi {
  readonly DataType: { readonly I32: number };
  open(library: { readonly library: string; readonly path: string }): void;
  load(call: {
    readonly library: string;
    readonly funcName: string;
    readonly retType: number;
    readonly paramsType: readonly number[];
    readonly paramsValue: readonly number[];
  }): unknown;
}

const LIBRARY = 'libc.so.6';
/** Of malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
/** Blocks from this size on are mapped apart: larger than Kafka's answers mostly are, as these come and go a hundred times a second. */
const MAPPED_BYTES_MIN = 1.5 * 2 ** 20;
/** Free memory at the heap's end beyond which it is given back. */
const FREE_BYTES_MAX = 8 * 2 ** 20;

export function tuneAllocator(): void {
  if (process.platform !== 'linux') return;
  try {
    const ffi = createRequire(import.meta.url)('ffi-rs') as Ffi;
    const { I32 } = ffi.DataType;
    ffi.open({ library: LIBRARY, path: LIBRARY });
    const set = (option: number, value: number): unknown =>
      ffi.load({
        library: LIBRARY,
        funcName: 'mallopt',
        retType: I32,
        paramsType: [I32, I32],
        paramsValue: [option, value],
      });
    set(M_MMAP_THRESHOLD, MAPPED_BYTES_MIN);
    set(M_TRIM_THRESHOLD, FREE_BYTES_MAX);
  } catch {
    // Another C library, or no ffi-rs: memory is as that has it.
  }
}
