/** Runs one schedule, step by step, until everything is at rest, and throws at the first thing that may not be. */
import { Judge, type Generation } from './judge.ts';
import { Network } from './network.ts';
import { SimulatedProcess, type Surroundings } from './process.ts';
import { PROCESSES_MAX, type Schedule, type Step } from './schedule.ts';
import { Store } from './store.ts';
import { Topic } from './topic.ts';
import { VirtualTime, settled } from './virtual-clock.ts';

/** Longer than any pause between two tries. */
const LONG_MS = 31_000;
const ROUNDS_MAX = 12;
const ALL = 1_000;

export class Violation extends Error {
  override readonly name = 'Violation';
}

export async function simulate(schedule: Schedule): Promise<void> {
  const world = new World(schedule);
  await world.check();
  for (const step of schedule.steps) {
    world.take(step);
    await world.check();
  }
  await world.rest();
  await world.compare();
}

class World {
  readonly #schedule: Schedule;
  readonly #surroundings: Surroundings;
  readonly #judge: Judge;
  #processes: SimulatedProcess[] = [];
  #started = 0;
  #passMs = 0;
  /**
   * A log lost its oldest messages or was made anew: from here on one process at a time, which reads what was written last, and nothing of a
   * dead one is on its way when the next begins. A new generation takes this for granted, as docs/decisions/0006 says.
   */
  #isCut = false;

  constructor(schedule: Schedule) {
    const { rules, logs, fates, seed } = schedule;
    const store = new Store();
    const topic = new Topic(logs);
    this.#schedule = schedule;
    this.#judge = new Judge(rules, topic, store);
    store.watcher = this.#judge;
    this.#surroundings = {
      rules,
      seed,
      topic,
      store,
      network: new Network(fates),
      time: new VirtualTime(seed),
      watcher: this.#judge,
    };
    this.#start();
  }

  /** One step; what it sets off runs in `check`. */
  take(step: Step): void {
    const { network } = this.#surroundings;
    switch (step.do) {
      case 'produce':
        this.#produce(this.#partition(step.partition), step.messages);
        break;
      case 'consume':
        this.#process(step.process)?.deliver(this.#partition(step.partition), step.messages, step.again);
        break;
      case 'flush':
      case 'crash':
      case 'stop':
        this.#process(step.process)?.[step.do]();
        break;
      case 'wait':
        this.#passMs = step.ms;
        break;
      case 'start':
        this.#start();
        break;
      case 'lose':
      case 'assign':
        this.#process(step.process)?.[step.do](this.#partition(step.partition));
        break;
      case 'answer':
        network.answer(step.request, step.fate);
        break;
      case 'land':
        network.land(step.insert, step.isWhole);
        break;
      case 'retain':
        this.#retain(this.#partition(step.partition), step.messages);
        break;
      case 'recreate':
        this.#recreate(this.#partition(step.partition), step.messages);
        break;
    }
  }

  /** Lets everything that can happen now happen, and asks the judge. */
  async check(): Promise<void> {
    await settled();
    if (this.#passMs > 0) await this.#surroundings.time.pass(this.#passMs);
    this.#passMs = 0;
    this.#processes = this.#processes.filter(({ isAlive }) => isAlive);
    const { violations } = this.#judge;
    if (violations.length > 0) throw new Violation(violations.slice(0, 5).join('\n'));
  }

  /** Everything works from now on: reads the whole log, and lets land what was late. */
  async rest(): Promise<void> {
    const { topic, network } = this.#surroundings;
    network.heal();
    await this.check();
    for (let round = 0; !this.#isAtRest(); round++) {
      if (round === ROUNDS_MAX)
        throw new Violation('nothing stands in its way, and it does not come to rest');
      if (this.#processes.length === 0) this.#start();
      for (const partition of topic.partitions.keys()) {
        this.#produce(partition, ALL);
        this.#processes[0]!.assign(partition);
      }
      await this.check();
      for (const partition of topic.partitions.keys())
        for (const process of this.#processes) process.deliver(partition, ALL, 0);
      await this.check();
      this.#passMs = LONG_MS;
      await this.check();
    }
    network.landAll();
    for (const partition of topic.partitions.keys()) this.#judge.judgeRest(this.#judge.newest(partition)!);
    await this.check();
  }

  /** A second run over the same log, without a fault and with another seed, gives the same tables. */
  async compare(): Promise<void> {
    const { topic, store } = this.#surroundings;
    for (const partition of topic.partitions.keys()) {
      const generation = this.#judge.newest(partition)!;
      if (generation.number > 1) continue;
      const own = tableText(store, generation);
      const other = await this.#plainTables(partition, generation);
      if (other !== undefined && own !== other) throw new Violation(`two runs differ:\n${own}\n\n${other}`);
    }
  }

  async #plainTables(partition: number, { origin, readFrom }: Generation): Promise<string | undefined> {
    const { rules, logs } = this.#schedule;
    const topic = new Topic(logs);
    const log = topic.partitions[partition]!;
    log.first = readFrom;
    log.end = log.drafts.length;
    const plain = new Store();
    plain.progress.push({ partition, generation: 1, origin, hi: origin, fingerprint: 'f' });
    const seed = this.#schedule.seed + 1;
    const judge = new Judge(rules, topic, plain);
    const network = new Network([]);
    const time = new VirtualTime(seed);
    const process = new SimulatedProcess({ rules, seed, topic, store: plain, network, time, watcher: judge });
    void process.start();
    await settled();
    process.assign(partition);
    await settled();
    process.deliver(partition, ALL, 0);
    await settled();
    process.flush();
    await settled();
    process.crash();
    // Where the log began inside the first neighbourhood, nobody who resumes can read that again.
    if (plain.newestProgress(partition)!.generation > 1) return undefined;
    return tableText(plain, { partition, number: 1 });
  }

  #isAtRest(): boolean {
    const { topic, store } = this.#surroundings;
    return topic.partitions.every((log, partition) => {
      const newest = this.#judge.newest(partition);
      const progress = store.newestProgress(partition);
      return (
        log.end === log.drafts.length &&
        newest?.incarnation === log &&
        newest.number === progress?.generation &&
        progress.hi === log.end &&
        this.#processes.every((process) => (process.hiOf(partition) ?? log.end) === log.end)
      );
    });
  }

  #process(number: number): SimulatedProcess | undefined {
    return this.#processes[number % Math.max(1, this.#processes.length)];
  }

  #partition(number: number): number {
    return number % this.#surroundings.topic.partitions.length;
  }

  /** A topic made anew grows only once it was seen to be shorter: nothing else tells it from the old one. */
  #produce(partition: number, messages: number): void {
    const log = this.#surroundings.topic.partitions[partition]!;
    if (log.number > 0 && this.#judge.newest(partition)?.incarnation !== log) return;
    log.end = Math.min(log.drafts.length, log.end + messages);
  }

  #start(): void {
    if (this.#isCut) this.#killAllBut(undefined);
    if (this.#processes.length >= PROCESSES_MAX) return;
    const process = new SimulatedProcess({
      ...this.#surroundings,
      seed: this.#schedule.seed + this.#processes.length,
    });
    this.#processes.push(process);
    this.#started++;
    void process.start();
    for (const partition of this.#surroundings.topic.partitions.keys()) process.assign(partition);
  }

  #retain(partition: number, messages: number): void {
    const log = this.#surroundings.topic.partitions[partition]!;
    // One message stays: what follows the gap tells the reader of it.
    const first = Math.max(log.first, Math.min(log.end - 1, log.first + messages));
    // A log that begins exactly where a generation does, but did not when that began, is taken for one that did.
    if (this.#judge.newest(partition)?.origin === first) return;
    this.#cut();
    log.first = first;
  }

  #recreate(partition: number, messages: number): void {
    const { topic, store } = this.#surroundings;
    const stored = store.newestProgress(partition);
    const newest = this.#judge.newest(partition);
    if (stored === undefined || newest?.incarnation !== topic.partitions[partition]) return;
    const known = Math.max(stored.hi, store.newestVersion(stored.generation, partition));
    const end = Math.min(messages, known - 2);
    if (end < 0) return;
    this.#cut();
    this.#killAllBut(undefined);
    topic.recreate(partition);
    topic.partitions[partition]!.end = end;
  }

  #cut(): void {
    this.#isCut = true;
    this.#surroundings.store.mayLag = false;
    const [first] = this.#processes;
    // What it hears late may be what others changed since: then it too is one from before the cut.
    const isCalm =
      this.#started === 1 || (first !== undefined && !this.#surroundings.network.isWaiting(first));
    this.#killAllBut(isCalm ? first : undefined);
  }

  #killAllBut(survivor: SimulatedProcess | undefined): void {
    for (const process of this.#processes) if (process !== survivor) process.crash();
    this.#processes = this.#processes.filter(({ isAlive }) => isAlive);
    this.#surroundings.network.landAll();
  }
}

/** Every row of a generation with every column, but for the version: that is of the flush that happened to write it last. */
function tableText(store: Store, { partition, number }: Pick<Generation, 'partition' | 'number'>): string {
  return [...store.rows.values()]
    .filter((row) => row.partition === partition && row.generation === number)
    .map(({ table, name, text }) => `${table} ${name} ${text}`)
    .sort()
    .join('\n');
}
