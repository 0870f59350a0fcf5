/**
 * A real Apache Kafka for tests: one broker in KRaft combined mode, from the published jars, on free ports of this machine. `sharedKafka` gives every
 * test file of a run the same broker per version (tests keep apart by topic name); `startKafka` gives one of its own, to kill and restart, or several
 * that replicate each other.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';

/** The last of Kafka 3, and the newest of Kafka 4 that is complete on Maven Central; both run on Java 17. */
export const KAFKA_VERSIONS = ['3.9.2', '4.3.1'] as const;
export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

export interface TestKafka {
  /** For kafkajs: `host:port`. */
  readonly brokers: readonly string[];
  readonly logFile: string;
  /** A client that says nothing. */
  readonly client: Kafka;
  createTopic(topic: string, options?: TopicOptions): Promise<void>;
}

export interface TopicOptions {
  readonly partitions?: number;
  /** Topic settings: `compression.type: 'snappy'` makes the broker's own Java recompress what is produced. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface OwnKafka extends TestKafka {
  /** The process of this node, the first where none is named, is gone at once, as after a power cut. */
  kill(node?: number): Promise<void>;
  /** Starts again over the same log and ports. */
  restart(node?: number): Promise<void>;
  stop(): Promise<void>;
}

/** The directory one test run shares; set by `global-setup.ts`. */
export const RUN_DIRECTORY_VARIABLE = 'WEIR_TEST_RUN_DIRECTORY';

/** Of the repository, at whose root tests and benchmarks run: compiled, this file lies elsewhere. */
const HERE = resolve('test/support/kafka');
const START_MS = 60_000;

/** Why Kafka cannot run here, with the line that cures it; undefined where it can. With WEIR_NO_SKIP nothing may be missing. */
export function kafkaSkipReason(versions: readonly KafkaVersion[] = KAFKA_VERSIONS): string | undefined {
  const reason = missingProgram(versions);
  if (reason !== undefined && (process.env['WEIR_NO_SKIP'] ?? '') !== '') throw new Error(reason);
  return reason;
}

function missingProgram(versions: readonly KafkaVersion[]): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const major = Number(/version "(\d+)/.exec(java.stderr)?.[1] ?? 0);
  if (java.error !== undefined || major < 17)
    return 'Kafka needs Java 17 or newer: apt-get install -y openjdk-17-jre-headless';
  if (versions.every((version) => existsSync(markerOf(version)))) return undefined;
  if (spawnSync('mvn', ['-v']).error !== undefined)
    return "Kafka's jars come by Maven: apt-get install -y maven";
  return undefined;
}

/** The broker of this version that all test files of a run share; it lives until the run ends. */
export async function sharedKafka(version: KafkaVersion): Promise<TestKafka> {
  const runDirectory = process.env[RUN_DIRECTORY_VARIABLE];
  if (runDirectory === undefined)
    throw new Error('sharedKafka needs test/support/global-setup.ts as globalSetup in vitest.config.ts');
  const stateFile = join(runDirectory, `kafka-${version}.json`);
  await once(stateFile, async () => {
    const [place] = await placesIn(mkdtempSync(join(runDirectory, `kafka-${version}-`)), 1);
    const { pid } = await launch(version, place!, [place!]);
    writeFileSync(`${stateFile}.new`, JSON.stringify({ ...place, pid }));
    renameSync(`${stateFile}.new`, stateFile);
  });
  return testKafka([JSON.parse(readFileSync(stateFile, 'utf8')) as Place]);
}

/** Brokers for one test alone; every topic has a replica on each. */
export async function startKafka(version: KafkaVersion, brokers = 1): Promise<OwnKafka> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-kafka-'));
  const places = await placesIn(directory, brokers);
  // They wait for each other.
  const processes = await Promise.all(places.map((place) => launch(version, place, places)));
  // A test process that dies must not leave a broker behind.
  process.once('exit', () => processes.forEach((broker) => broker.kill('SIGKILL')));
  const kill = async (node = 1): Promise<void> => {
    const broker = processes[node - 1]!;
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    const exited = new Promise((resolve) => broker.once('exit', resolve));
    // Else a process with nothing left to do but wait here would end.
    broker.ref();
    broker.kill('SIGKILL');
    await exited;
  };
  return {
    ...testKafka(places),
    kill,
    restart: async (node = 1) => {
      processes[node - 1] = await launch(version, places[node - 1]!, places);
    },
    stop: async () => {
      await Promise.all(places.map(({ node }) => kill(node)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Of one broker, which is its own controller. */
interface Place {
  /** From 1. */
  readonly node: number;
  readonly directory: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly logFile: string;
}

async function placesIn(directory: string, brokers: number): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (let node = 1; node <= brokers; node++) {
    const own = join(directory, String(node));
    mkdirSync(own);
    const [port, controllerPort] = [await freePort(), await freePort()];
    places.push({ node, directory: own, port, controllerPort, logFile: join(own, 'broker.log') });
  }
  return places;
}

function testKafka(places: readonly Place[]): TestKafka {
  const brokers = places.map(({ port }) => `127.0.0.1:${port}`);
  const { logFile } = places[0]!;
  const client = new Kafka({
    brokers,
    clientId: 'test',
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100 },
  });
  const createTopic = async (
    topic: string,
    { partitions = 1, config = {} }: TopicOptions = {},
  ): Promise<void> => {
    const admin = client.admin();
    await admin.connect();
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: places.length, configEntries }],
      waitForLeaders: true,
    });
    await admin.disconnect();
  };
  return { brokers, logFile, client, createTopic };
}

/** Starts a broker, over its log where it has run before, and waits until it takes connections. */
async function launch(version: KafkaVersion, place: Place, all: readonly Place[]): Promise<ChildProcess> {
  await fetchJars(version);
  const { directory, port, logFile } = place;
  const properties = join(directory, 'server.properties');
  if (!existsSync(properties)) {
    writeFileSync(properties, serverProperties(place, all));
    java(version, place, [
      'kafka.tools.StorageTool',
      'format',
      '-t',
      'd2VpcnRlc3R3ZWlydGVzdA',
      '-c',
      properties,
    ]);
  }
  const log = openSync(logFile, 'a');
  const child = spawn('java', javaArguments(version, ['kafka.Kafka', properties]), {
    stdio: ['ignore', log, log],
    cwd: directory,
  });
  closeSync(log);
  child.unref();
  const deadlineMs = Date.now() + START_MS;
  while (!(await isListening(port))) {
    if (child.exitCode === null && Date.now() < deadlineMs) await sleep(50);
    else {
      child.kill('SIGKILL');
      throw new Error(`Kafka ${version} did not start; the end of ${logFile}:\n${tailOf(logFile)}`);
    }
  }
  return child;
}

function serverProperties(place: Place, all: readonly Place[]): string {
  const { node, port, controllerPort, directory } = place;
  const replicas = [
    'default.replication.factor',
    'offsets.topic.replication.factor',
    'transaction.state.log.replication.factor',
    'share.coordinator.state.topic.replication.factor',
  ];
  const ones = [
    'offsets.topic.num.partitions',
    'transaction.state.log.min.isr',
    'transaction.state.log.num.partitions',
    'share.coordinator.state.topic.min.isr',
  ];
  const voters = all.map((other) => `${other.node}@127.0.0.1:${other.controllerPort}`);
  return [
    'process.roles=broker,controller',
    `node.id=${node}`,
    `controller.quorum.voters=${voters.join(',')}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    `log.dirs=${join(directory, 'data')}`,
    'auto.create.topics.enable=false',
    'group.initial.rebalance.delay.ms=0',
    'message.max.bytes=20000000',
    // A killed broker may register again only when its last life is given up.
    'broker.session.timeout.ms=2000',
    'broker.heartbeat.interval.ms=500',
    ...replicas.map((name) => `${name}=${all.length}`),
    ...ones.map((name) => `${name}=1`),
    '',
  ].join('\n');
}

function javaArguments(version: KafkaVersion, rest: readonly string[]): string[] {
  // The first tier of the compiler is enough for a test's life, and halves the start.
  const flags = [
    '-Xmx512m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ];
  return [...flags, '-cp', join(jarsOf(version), '*'), ...rest];
}

function java(version: KafkaVersion, { logFile }: Place, rest: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('java', javaArguments(version, rest), { encoding: 'utf8' });
  writeFileSync(logFile, `${stdout}${stderr}`, { flag: 'a' });
  if (status !== 0) throw new Error(`${rest[0] ?? ''} failed:\n${tailOf(logFile)}`);
}

function jarsOf(version: KafkaVersion): string {
  return join(HERE, 'target', version);
}

/** Written last: a copy that was cut short is made again. */
function markerOf(version: KafkaVersion): string {
  return `${jarsOf(version)}.complete`;
}

async function fetchJars(version: KafkaVersion): Promise<void> {
  mkdirSync(join(HERE, 'target'), { recursive: true });
  await once(markerOf(version), () => {
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const settings = [
      `-Dkafka.version=${version}`,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${jarsOf(version)}`,
    ];
    const { status, stdout, stderr } = spawnSync('mvn', ['-q', '-B', '-ntp', plugin, ...settings], {
      cwd: HERE,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`Maven could not fetch Kafka ${version}:\n${stdout}${stderr}`);
    writeFileSync(markerOf(version), '');
  });
}

/** Does the work that ends in `file` once, however many processes ask; a lock left by a dead process is taken over. */
async function once(file: string, work: () => void | Promise<void>): Promise<void> {
  const lock = `${file}.lock`;
  for (;;) {
    if (existsSync(file)) return;
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
    } catch {
      if (!isAlive(lock)) rmSync(lock, { force: true });
      await sleep(100);
      continue;
    }
    try {
      if (!existsSync(file)) await work();
      return;
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(lock: string): boolean {
  try {
    return process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-40).join('\n');
}
