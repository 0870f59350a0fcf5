/**
 * The one decode kernel of the process, with the memory it works in: see module.ts. Where there is none, messages are read without it;
 * `weir start` says so where nobody asked for that.
 */
import {
  COUNT_WORDS,
  COUNTS,
  DURATION_US,
  END_US,
  HIT_ENDS,
  HITS,
  HITS_MAX,
  IDS,
  INPUT,
  INPUT_BYTES_MAX,
  IS_READ,
  KEY_IMAGE,
  KIND,
  LINKS,
  MEMBERS,
  MEMORY_BYTES,
  MESSAGES,
  NAME,
  NAME_END,
  NAME_START,
  OVERSIZED,
  PROCESSES,
  REFERENCES,
  RESOURCES,
  RESOURCES_MAX,
  REVERSED,
  ROWS_MAX,
  SECRETS,
  SPOTS_MAX,
  START_US,
  STATUS,
  TRACESTATES,
} from './layout.ts';
import { memberTable } from './member-table.ts';
import { builtModule, loadModule } from './module.ts';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Decodes the message at INPUT; its number of spans, or -1 where the plain reader must. */
  readonly decode: (length: number, wantsLinks: number) => number;
  /** The same of a message in JSON. */
  readonly decodeJson: Exports['decode'];
  /** Reads so many of Jaeger's spans, a message each, which MESSAGES says where to find. */
  readonly decodeSpans: (count: number) => void;
}

/** The kernel and views of its memory, which never grows. */
export class Kernel {
  readonly decode: Exports['decode'];
  readonly decodeJson: Exports['decode'];
  readonly decodeSpans: Exports['decodeSpans'];
  readonly memory: Uint8Array;
  readonly input: Uint8Array;
  readonly counts: Int32Array;
  readonly ids: Int32Array;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
  readonly durationUs: Float64Array;
  readonly kind: Uint8Array;
  readonly status: Uint8Array;
  readonly reversed: Uint8Array;
  readonly oversized: Uint8Array;
  readonly name: Int32Array;
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  readonly resources: Int32Array;
  readonly hits: Int32Array;
  readonly tracestates: Int32Array;
  readonly links: Int32Array;
  readonly messages: Int32Array;
  readonly hitEnds: Int32Array;
  readonly isRead: Uint8Array;
  readonly processes: Int32Array;
  readonly references: Int32Array;
  /** Whose columns it holds: of who reads message by message, nobody's. */
  holder: object | undefined;
  #keys: Uint8Array | undefined;

  constructor({ memory: { buffer }, decode, decodeJson, decodeSpans }: Exports) {
    const words = (at: number, count: number): Int32Array => new Int32Array(buffer, at, count);
    const doubles = (at: number): Float64Array => new Float64Array(buffer, at, ROWS_MAX);
    const bytes = (at: number): Uint8Array => new Uint8Array(buffer, at, ROWS_MAX);
    this.decode = decode;
    this.decodeJson = decodeJson;
    this.decodeSpans = decodeSpans;
    this.memory = new Uint8Array(buffer, 0, MEMORY_BYTES);
    this.input = new Uint8Array(buffer, INPUT, INPUT_BYTES_MAX);
    this.counts = words(COUNTS, COUNT_WORDS);
    this.ids = words(IDS, ROWS_MAX * 8);
    this.startUs = doubles(START_US);
    this.endUs = doubles(END_US);
    this.durationUs = doubles(DURATION_US);
    this.kind = bytes(KIND);
    this.status = bytes(STATUS);
    this.reversed = bytes(REVERSED);
    this.oversized = bytes(OVERSIZED);
    this.name = words(NAME, ROWS_MAX);
    this.nameStart = words(NAME_START, ROWS_MAX);
    this.nameEnd = words(NAME_END, ROWS_MAX);
    this.resources = words(RESOURCES, RESOURCES_MAX * 4);
    this.hits = words(HITS, HITS_MAX * 4);
    this.tracestates = words(TRACESTATES, SPOTS_MAX * 4);
    this.links = words(LINKS, SPOTS_MAX * 4);
    this.messages = words(MESSAGES, ROWS_MAX * 2);
    this.hitEnds = words(HIT_ENDS, ROWS_MAX);
    this.isRead = bytes(IS_READ);
    this.processes = words(PROCESSES, ROWS_MAX * 4);
    this.references = words(REFERENCES, ROWS_MAX * 2);
    this.memory.set(memberTable(), MEMBERS);
    crypto.getRandomValues(this.memory.subarray(SECRETS, SECRETS + 16));
  }

  /** Makes the keys of an image those that it looks for. */
  want(keys: Uint8Array): void {
    if (keys !== this.#keys) this.memory.set((this.#keys = keys), KEY_IMAGE);
  }
}

export interface LoadedKernel {
  readonly kernel: Kernel | undefined;
  /** Why there is none; absent where nobody wants one. */
  readonly problem?: unknown;
}

/** Makes a kernel of the file at `url`. */
export function loadKernel(url: URL, setting?: string): LoadedKernel {
  const { module, ...problem } = loadModule<Exports>(url, setting);
  return { kernel: module && new Kernel(module.instantiate()), ...problem };
}

export const { kernel, problem: kernelProblem } = loadKernel(builtModule('kernel.wasm'));
