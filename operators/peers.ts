/**
 * Who a span says it talks to: databases and external services are seen through their callers' attributes, in the semantic conventions of
 * today and of before. Source: OpenTelemetry semantic conventions 1.24 to 1.37 (db, server, messaging, peer).
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { DATABASE, EXTERNAL } from './edge-labels.ts';

/** The user's own word for a peer: it wins over every derived name. */
const PEER_SERVICE = 'peer.service';
const DATABASE_NAMES = ['db.namespace', 'db.name'];
const DATABASE_SYSTEMS = ['db.system.name', 'db.system'];
const ADDRESSES = [
  'server.address',
  'net.peer.name',
  'http.host',
  'network.peer.address',
  'net.sock.peer.addr',
];
const BROKER_NAMES = ['messaging.destination.name', 'messaging.destination', 'messaging.system'];

export const PEER_ATTRIBUTES: readonly string[] = [
  ...new Set([PEER_SERVICE, ...DATABASE_NAMES, ...DATABASE_SYSTEMS, ...ADDRESSES, ...BROKER_NAMES]),
];

/** Reads peers out of a batch whose columns are those of `keys`. */
export class PeerReader {
  /** How the peer named last is connected: an index into CONNECTION_TYPES. */
  type = EXTERNAL;
  readonly #service: number;
  readonly #databaseNames: readonly number[];
  readonly #databaseSystems: readonly number[];
  readonly #addresses: readonly number[];
  readonly #brokers: readonly number[];

  constructor(keys: readonly string[]) {
    const columns = (names: readonly string[]): number[] => names.map((name) => keys.indexOf(name));
    this.#service = keys.indexOf(PEER_SERVICE);
    this.#databaseNames = columns(DATABASE_NAMES);
    this.#databaseSystems = columns(DATABASE_SYSTEMS);
    this.#addresses = columns(ADDRESSES);
    this.#brokers = columns(BROKER_NAMES);
  }

  /** The dictionary id of the peer a CLIENT span names, 0 where it names none. */
  peerOf(batch: SpanBatch, row: number): number {
    const service = named(batch, row, this.#service);
    const system = firstOf(batch, row, this.#databaseSystems);
    this.type = system === 0 ? EXTERNAL : DATABASE;
    if (service !== 0) return service;
    if (system === 0) return firstOf(batch, row, this.#addresses);
    const name = firstOf(batch, row, this.#databaseNames);
    // Redis numbers its databases: "0" would be every cache there is.
    return name === 0 || /^\d+$/.test(batch.dictionary.text(name)) ? system : name;
  }

  /** The dictionary id of the queue or topic a PRODUCER or CONSUMER span names, 0 where it names none. */
  brokerOf(batch: SpanBatch, row: number): number {
    return firstOf(batch, row, this.#brokers);
  }
}

function firstOf(batch: SpanBatch, row: number, columns: readonly number[]): number {
  for (const column of columns) {
    const id = named(batch, row, column);
    if (id !== 0) return id;
  }
  return 0;
}

/** An empty value names nobody. */
function named({ spanAttributes, dictionary }: SpanBatch, row: number, column: number): number {
  const id = spanAttributes[column]![row]!;
  return id === 0 || dictionary.text(id) === '' ? 0 : id;
}
