/**
 * Says what may never be, at the moment it happens:
 *
 * - a stored row that is not what the oracle says of the prefix that is its version (so none reads above the longest prefix, and two writers of
 *   one version wrote the same);
 * - a counter of a stored row that falls;
 * - progress that claims what is not durable, in any table or among the dead letters;
 * - a flush whose counters rise by anything but what lies between the progress before it and its own;
 * - two generations that own the same message, or a loss that is not reported.
 */
import { RED_TABLE } from '../../operators/red-rows.ts';
import type { TakenFlush } from '../../src/engine/partition.ts';
import type { ResumePlan } from '../../src/engine/resume.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import { callsBetween, callsIn } from './counters.ts';
import type { ProcessWatcher, SimulatedProcess } from './process.ts';
import type { Rules } from './schedule.ts';
import { type Store, type StoreWatcher, type StoredProgress, type StoredRow, letterKey } from './store.ts';
import { TABLES } from './tables.ts';
import type { Incarnation, Topic } from './topic.ts';

/** What a generation of a partition is a function of. */
export interface Generation {
  readonly partition: number;
  readonly number: number;
  readonly origin: number;
  /** First offset that its first process could read. */
  readonly readFrom: number;
  readonly incarnation: Incarnation;
  /** Its messages; those before are empty. */
  readonly log: readonly PlainMessage[];
}

type Expected = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

export class Judge implements StoreWatcher, ProcessWatcher {
  readonly violations: string[] = [];
  readonly #rules: Rules;
  readonly #topic: Topic;
  readonly #store: Store;
  readonly #generations = new Map<string, Generation>();
  readonly #expected = new Map<string, Expected>();
  /** How far each process counted each generation. */
  readonly #counted = new Map<SimulatedProcess, Map<Generation, number>>();

  constructor(rules: Rules, topic: Topic, store: Store) {
    this.#rules = rules;
    this.#topic = topic;
    this.#store = store;
  }

  /** The newest generation of a partition. */
  newest(partition: number): Generation | undefined {
    return [...this.#generations.values()].findLast((generation) => generation.partition === partition);
  }

  generation(partition: number, number: number): Generation | undefined {
    return this.#generations.get(`${partition} ${number}`);
  }

  /** All rows of a generation's prefix, by table and key text. */
  expected(generation: Generation, hi: number): Expected {
    const name = `${generation.partition} ${generation.number} ${hi}`;
    let expected = this.#expected.get(name);
    if (expected === undefined) {
      const { log, origin } = generation;
      expected = new Map(TABLES.map((table) => [table.name, table.oracle(log, this.#rules, origin, hi)]));
      this.#expected.set(name, expected);
    }
    return expected;
  }

  broke(error: Error): void {
    this.violations.push(`a process broke: ${error.stack ?? error.message}`);
  }

  opened(process: SimulatedProcess, partition: number, plan: ResumePlan): void {
    if (!process.isAssigned(partition))
      this.violations.push(`partition ${partition} is held by whom it was taken from`);
    const known = this.generation(partition, plan.generation);
    if (known !== undefined) {
      if (known.origin !== plan.origin)
        this.violations.push(
          `generation ${plan.generation} of partition ${partition} begins at ${plan.origin}, and at ${known.origin}`,
        );
      return;
    }
    const incarnation = this.#topic.partitions[partition]!;
    const before = this.newest(partition);
    if (before?.incarnation === incarnation) this.#judgeSuccession(before, plan);
    this.#generations.set(`${partition} ${plan.generation}`, {
      partition,
      number: plan.generation,
      origin: plan.origin,
      readFrom: plan.readFrom,
      incarnation,
      log: incarnation.messages.map((message, offset) =>
        offset < plan.readFrom ? { ...message, spans: [] } : message,
      ),
    });
  }

  rowLanded(row: StoredRow, before: StoredRow | undefined): void {
    const { table, partition, name, version, content } = row;
    const generation = this.generation(partition, row.generation);
    const place = `${table} of partition ${partition}, generation ${row.generation}, version ${version}: ${name}`;
    if (generation === undefined) {
      this.violations.push(`a row of a generation that nobody opened: ${place}`);
      return;
    }
    if (version > generation.incarnation.end) this.violations.push(`a version beyond the log: ${place}`);
    const expected = this.expected(generation, version).get(table)!.get(name);
    if (expected === undefined) this.violations.push(`a row that should not be: ${place} ${textOf(content)}`);
    else if (!agrees(table, content, expected))
      this.violations.push(`a wrong row: ${place}\n  it is ${textOf(content)}\n  not   ${textOf(expected)}`);
    if (before !== undefined && before.version < version && hasFallen(before.content, content))
      this.violations.push(`a counter fell: ${place} ${textOf(before.content)} to ${textOf(content)}`);
  }

  progressLanded(progress: StoredProgress): void {
    const generation = this.generation(progress.partition, progress.generation);
    // A generation's first progress is written before anyone is told of it, and claims nothing; nor does one of an origin that came second.
    if (generation === undefined || progress.hi === progress.origin) return;
    this.#judgeStored(generation, progress.hi, 'progress claims');
    const { log, origin, partition, number } = generation;
    for (let offset = origin; offset < progress.hi; offset++)
      if (
        log[offset]!.spans === undefined &&
        !this.#store.letters.has(letterKey({ partition, generation: number, offset }))
      )
        this.violations.push(
          `progress ${progress.hi} of partition ${partition} claims dead letter ${offset}`,
        );
  }

  acknowledged(process: SimulatedProcess, flush: TakenFlush): void {
    const generation = this.generation(flush.partition, flush.generation);
    if (generation === undefined || flush.hi <= flush.countedTo) return;
    const { partition, number } = generation;
    const isClaimed = this.#store.progress.some(
      (row) => row.partition === partition && row.generation === number && row.hi >= flush.hi,
    );
    if (!isClaimed)
      this.violations.push(`counters of partition ${partition} rose before progress ${flush.hi}`);
    const counted = this.#counted.get(process) ?? new Map<Generation, number>();
    this.#counted.set(process, counted);
    const from = Math.max(counted.get(generation) ?? 0, flush.countedTo);
    counted.set(generation, Math.max(from, flush.hi));
    const red = (hi: number): ReadonlyMap<string, unknown> => this.expected(generation, hi).get(RED_TABLE)!;
    const [rise, expected] = [callsIn(flush.rows), callsBetween(red(from), red(flush.hi))];
    if (rise !== expected)
      this.violations.push(
        `counters of partition ${partition} rose from ${from} to ${flush.hi} by\n  ${rise}\n  not\n  ${expected}`,
      );
  }

  /** Every table is what the oracle says of the whole log. */
  judgeRest(generation: Generation): void {
    const { partition, number, incarnation } = generation;
    this.#judgeStored(generation, incarnation.end, 'at rest there should be');
    for (const row of this.#store.rows.values()) {
      if (row.partition !== partition || row.generation !== number) continue;
      if (!this.expected(generation, incarnation.end).get(row.table)!.has(row.name))
        this.violations.push(`a row too many at rest: ${row.table} ${row.name}`);
    }
  }

  /** What is stored covers a prefix. */
  #judgeStored(generation: Generation, hi: number, why: string): void {
    const { partition, number } = generation;
    for (const [table, rows] of this.expected(generation, hi))
      for (const [name, expected] of rows) {
        const row = this.#store.rows.get(`${table} ${partition} ${number} ${name}`);
        if (row === undefined || (row.version < hi && !agrees(table, row.content, expected)))
          this.violations.push(
            `${why} ${hi}: ${table} of partition ${partition}, generation ${number}: ${name} ${textOf(expected)}` +
              `\n  stored: ${row === undefined ? 'nothing' : `version ${row.version} ${textOf(row.content)}`}`,
          );
      }
  }

  #judgeSuccession(before: Generation, plan: ResumePlan): void {
    const { partition, number, origin } = before;
    const stored = this.#store.newestVersion(number, partition);
    if (plan.origin < stored)
      this.violations.push(
        `generation ${plan.generation} begins at ${plan.origin}, before version ${stored}`,
      );
    const claimed = this.#store.progress
      .filter((row) => row.partition === partition && row.generation === number && row.origin === origin)
      .reduce((hi, row) => Math.max(hi, row.hi), origin);
    const lost = plan.origin - Math.max(claimed, stored);
    // A generation whose process died before it could say so leaves its loss to be seen in the progress table alone.
    const isTold = plan.restarted !== undefined && plan.generation === number + 1;
    if (isTold && plan.lostMessages !== lost)
      this.violations.push(
        `${lost} messages of partition ${partition} were lost, and ${plan.lostMessages} reported`,
      );
  }
}

function agrees(table: string, content: unknown, expected: unknown): boolean {
  return TABLES.find(({ name }) => name === table)!.agrees(content, expected);
}

/** Whether a number of a row is less than it was. Examples may change, and a minimum falls. */
function hasFallen(before: unknown, after: unknown): boolean {
  if (typeof before === 'number' || typeof before === 'bigint') return !((after as typeof before) >= before);
  if (before === null || typeof before !== 'object' || Array.isArray(before)) return false;
  return Object.entries(before).some(
    ([name, value]) => name !== 'min' && hasFallen(value, (after as Record<string, unknown>)[name]),
  );
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
