/** The kernel of one neighbourhood, with the memory that its ring and chains lie in: as much as they take, of which the system gives what is used. */
import { ID_WORDS, type SpanBatch } from '../spans/span-batch.ts';
import { type WasmModule, builtModule, loadModule } from './module.ts';
import {
  FOUND,
  HASH_KEYS,
  LOADED_MAX,
  RING,
  ROW_COPY,
  ROW_DURATION_US,
  ROW_IDS,
  ROW_KIND,
  ROW_OPERATION,
  ROW_OWN,
  ROW_PARENT,
  ROW_SERVICE,
  ROW_START_US,
  ROW_STATUS,
  ROW_TENANT,
  ROW_WINDOW,
} from './neighbourhood-layout.ts';

const RECORD_WORDS = 16;
const BUCKET_WORDS = 8;
const PAGE_BYTES = 2 ** 16;
/** What addresses of 32 bits reach. */
const PAGES_MAX = 2 ** 16;

interface Exports {
  readonly configure: (
    places: number,
    placeBits: number,
    buckets: number,
    isJoined: number,
    bucketsAt: number,
    pushedOutAt: number,
    pushedOutByParentAt: number,
  ) => void;
  readonly prepare: (rows: number, firstOwner: number, isOddSlot: number) => void;
  readonly add: (row: number, end: number, place: number, lap: number, held: number) => number;
}

export interface NeighbourhoodShape {
  /** Spans the ring holds. */
  readonly places: number;
  /** Buckets of a chain, and bits of an entry that are its place. */
  readonly buckets: number;
  readonly placeBits: number;
  /** Whether there are chains by parent, beside those by id. */
  readonly isJoined: boolean;
  /** Of the hash: see operators/span-hash.ts. */
  readonly keys: Int32Array;
}

class NeighbourhoodKernel {
  readonly ring: Int32Array;
  readonly buckets: Int32Array;
  readonly pushedOut: Int32Array;
  readonly pushedOutByParent: Int32Array;
  /** Hashes of the loaded rows' own ids, and of their parents'. */
  readonly own: Int32Array;
  readonly parent: Int32Array;
  /** What was found of the newest span: see FOUND_PARENT and FOUND_CHILDREN. */
  readonly found: Int32Array;
  /** Adds loaded rows: see `add` in assembly/neighbourhood.ts. */
  readonly add: Exports['add'];
  readonly #prepare: Exports['prepare'];
  readonly #ids: Int32Array;
  readonly #startUs: Float64Array;
  readonly #durationUs: Float64Array;
  readonly #service: Int32Array;
  readonly #operation: Int32Array;
  readonly #tenant: Int32Array;
  readonly #window: Int32Array;
  readonly #kind: Uint8Array;
  readonly #status: Uint8Array;
  readonly #copy: Uint8Array;

  constructor(
    module: WasmModule<Exports>,
    { places, buckets, placeBits, isJoined, keys }: NeighbourhoodShape,
  ) {
    const bucketWords = buckets * BUCKET_WORDS * (isJoined ? 2 : 1);
    const bucketsAt = RING + places * RECORD_WORDS * 4;
    const pushedOutAt = bucketsAt + bucketWords * 4;
    const byParentAt = pushedOutAt + places * 4;
    const byParentWords = isJoined ? places : 1;
    const memory = module.makeMemory(Math.ceil((byParentAt + byParentWords * 4) / PAGE_BYTES));
    const words = (at: number, count = LOADED_MAX): Int32Array => new Int32Array(memory.buffer, at, count);
    const doubles = (at: number): Float64Array => new Float64Array(memory.buffer, at, LOADED_MAX);
    const bytes = (at: number): Uint8Array => new Uint8Array(memory.buffer, at, LOADED_MAX);
    this.ring = words(RING, places * RECORD_WORDS);
    this.buckets = words(bucketsAt, bucketWords);
    this.pushedOut = words(pushedOutAt, places);
    this.pushedOutByParent = words(byParentAt, byParentWords);
    this.own = words(ROW_OWN);
    this.parent = words(ROW_PARENT);
    this.found = words(FOUND, 2);
    this.#ids = words(ROW_IDS, LOADED_MAX * ID_WORDS);
    this.#startUs = doubles(ROW_START_US);
    this.#durationUs = doubles(ROW_DURATION_US);
    this.#service = words(ROW_SERVICE);
    this.#operation = words(ROW_OPERATION);
    this.#tenant = words(ROW_TENANT);
    this.#window = words(ROW_WINDOW);
    this.#kind = bytes(ROW_KIND);
    this.#status = bytes(ROW_STATUS);
    this.#copy = bytes(ROW_COPY);
    words(HASH_KEYS, 16).set([0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 8, 10, 9, 11, 9, 11].map((key) => keys[key]!));
    const { configure, prepare, add } = module.instantiate({ env: { memory } });
    configure(places, placeBits, buckets, isJoined ? 1 : 0, bucketsAt, pushedOutAt, byParentAt);
    this.#prepare = prepare;
    this.add = add;
  }

  /** Makes the rows from `from` to before `to` of a batch, LOADED_MAX at most, those that `add` adds, by numbers from 0 on. */
  load(batch: SpanBatch, from: number, to: number, isOddSlot: boolean): void {
    this.#ids.set(batch.ids.subarray(from * ID_WORDS, to * ID_WORDS));
    this.#startUs.set(batch.startUs.subarray(from, to));
    this.#durationUs.set(batch.durationUs.subarray(from, to));
    this.#service.set(batch.service.subarray(from, to));
    this.#operation.set(batch.operation.subarray(from, to));
    this.#tenant.set(batch.tenant.subarray(from, to));
    this.#window.set(batch.window.subarray(from, to));
    this.#kind.set(batch.kind.subarray(from, to));
    this.#status.set(batch.status.subarray(from, to));
    this.#copy.set(batch.copy.subarray(from, to));
    this.#prepare(to - from, Math.max(0, batch.firstOwner - from), isOddSlot ? 1 : 0);
  }
}

const { module, problem } = loadModule<Exports>(builtModule('neighbourhood.wasm'));

/** Why no neighbourhood has a kernel; undefined where they have, or nobody wants one. */
export const neighbourhoodKernelProblem = problem;

/** A kernel for a neighbourhood of this shape; undefined where there is none, or no room for it. */
export function openNeighbourhoodKernel(shape: NeighbourhoodShape): NeighbourhoodKernel | undefined {
  if (module === undefined || shape.places * (RECORD_WORDS * 4 + 64) > PAGES_MAX * PAGE_BYTES)
    return undefined;
  try {
    return new NeighbourhoodKernel(module, shape);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
