/**
 * Who a span says it talks to: databases and external services are seen through their callers' attributes, in the semantic conventions of
 * today and of before. Source: OpenTelemetry semantic conventions 1.24 to 1.37 (db, server, messaging, peer).
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';

export type PeerType = 'database' | 'external';

export interface Peer {
  readonly name: string;
  readonly type: PeerType;
}

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

  /** The peer a CLIENT span names, if it names one. */
  peerOf(batch: SpanBatch, row: number): Peer | undefined {
    const service = textOf(batch, row, this.#service);
    const system = firstOf(batch, row, this.#databaseSystems);
    if (system !== undefined) {
      const name = firstOf(batch, row, this.#databaseNames);
      // Redis numbers its databases: "0" would be every cache there is.
      const derived = name === undefined || /^\d+$/.test(name) ? system : name;
      return { name: service ?? derived, type: 'database' };
    }
    const name = service ?? firstOf(batch, row, this.#addresses);
    return name === undefined ? undefined : { name, type: 'external' };
  }

  /** The queue or topic a PRODUCER or CONSUMER span names. */
  brokerOf(batch: SpanBatch, row: number): string | undefined {
    return firstOf(batch, row, this.#brokers);
  }
}

function firstOf(batch: SpanBatch, row: number, columns: readonly number[]): string | undefined {
  for (const column of columns) {
    const text = textOf(batch, row, column);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** An empty value names nobody. */
function textOf({ spanAttributes, dictionary }: SpanBatch, row: number, column: number): string | undefined {
  const id = spanAttributes[column]![row]!;
  return id === 0 ? undefined : dictionary.text(id) || undefined;
}
