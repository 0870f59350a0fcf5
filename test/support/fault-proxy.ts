/**
 * A ClickHouse server behind a line that fails: requests go through until a schedule says what befalls one of them, or until the line is cut. The order
 * of faults is one of a seed; which request meets one depends on who asks when.
 */
import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { StoreOptions } from '../../src/sinks/clickhouse-client.ts';

/** One request on its way. */
interface Exchange {
  readonly taken: IncomingMessage;
  readonly body: Buffer;
  readonly answer: ServerResponse;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const ERRORS = {
  159: 'TIMEOUT_EXCEEDED',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  241: 'MEMORY_LIMIT_EXCEEDED',
  242: 'TABLE_IS_READ_ONLY',
  243: 'NOT_ENOUGH_SPACE',
  252: 'TOO_MANY_PARTS',
  999: 'KEEPER_EXCEPTION',
} as const;

export const FAULT_NAMES = [
  'refused',
  'status 500',
  'status 503',
  ...Object.values(ERRORS),
  'request cut',
  'answer lost',
  'answer cut',
  'delayed',
  'silent',
  'slow',
  'doubled',
  'overtaken',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Requests that pass between two faults, at most. */
const SOUND_MAX = 8;
const DELAY_MS = 300;
const PIECES = 8;
/** Requests that pass before one that was overtaken. */
const OVERTAKING = 12;

export class FaultProxy {
  /** How often each fault befell a request. */
  readonly injected = new Map<FaultName, number>();
  /** Whether the schedule goes on. */
  isFaulty = false;
  readonly #options: StoreOptions;
  readonly #server: Server;
  readonly #schedule: Iterator<FaultName | undefined, never>;
  #overtaken: { left: number; readonly forward: () => Promise<unknown> }[] = [];

  private constructor(options: StoreOptions, seed: number) {
    this.#options = options;
    this.#schedule = scheduleOf(seed);
    // A reader that is busy for seconds must not find its connection closed.
    this.#server = new Server({ keepAliveTimeout: 0 }, (taken, answer) => {
      // Who asked may be gone.
      taken.on('error', () => undefined);
      this.#pass(taken, answer).catch(() => taken.socket.destroy());
    });
  }

  static async open(options: StoreOptions, seed: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(options, seed);
    await proxy.#listen(0);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get total(): number {
    return [...this.injected.values()].reduce((sum, times) => sum + times, 0);
  }

  /** Nobody listens meanwhile; requests under way end as they stand. */
  async cut(during: () => Promise<void>): Promise<void> {
    const port = this.#port;
    await this.close();
    await during().finally(() => this.#listen(port));
  }

  /** What was overtaken lands now. */
  async land(): Promise<void> {
    await Promise.all(this.#overtaken.splice(0).map(({ forward }) => forward()));
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async #pass(taken: IncomingMessage, answer: ServerResponse): Promise<void> {
    const fault = this.isFaulty ? this.#schedule.next().value : undefined;
    const exchange = { taken, answer, body: await buffer(taken) };
    if (fault === undefined) give(exchange, await this.#forward(exchange));
    else {
      this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
      await this.#befall(fault, exchange);
    }
    for (const waiting of this.#overtaken) waiting.left--;
    const due = this.#overtaken.filter(({ left }) => left <= 0);
    this.#overtaken = this.#overtaken.filter(({ left }) => left > 0);
    await Promise.all(due.map(({ forward }) => forward()));
  }

  async #befall(fault: FaultName, exchange: Exchange): Promise<void> {
    const { taken, answer, body } = exchange;
    const forward = (pieces = 1, share = 1): Promise<Answered> => this.#forward(exchange, pieces, share);
    switch (fault) {
      case 'refused':
        break;
      case 'status 500':
      case 'status 503':
        answer.writeHead(Number(fault.slice(-3))).end('an error page of something in between');
        return;
      case 'request cut':
        await forward(1, body.length > 1 ? 0.5 : 1).catch(() => undefined);
        break;
      case 'answer lost':
        await forward();
        break;
      case 'answer cut':
        await forward();
        taken.socket.end('HTTP/1.1 200 OK\r\nX-ClickHouse-Su');
        return;
      case 'delayed':
        await sleep(DELAY_MS);
        give(exchange, await forward());
        return;
      case 'silent':
        await Promise.all([forward(), sleep(4 * DELAY_MS)]);
        break;
      case 'slow':
        give(exchange, await forward(PIECES));
        return;
      case 'doubled':
        give(exchange, (await Promise.all([forward(), forward()]))[0]);
        return;
      case 'overtaken':
        this.#overtaken.push({ left: OVERTAKING, forward });
        break;
      default: {
        const code = Object.entries(ERRORS).find(([, name]) => name === fault)![0];
        answer.writeHead(500, { 'X-ClickHouse-Exception-Code': code });
        answer.end(`Code: ${code}. DB::Exception: as the schedule says. (${fault}) (version 26.7.2.1)`);
        return;
      }
    }
    taken.socket.destroy();
  }

  /** Sends the body, or the first `share` of it, in so many pieces. */
  async #forward({ taken, body }: Exchange, pieces = 1, share = 1): Promise<Answered> {
    const { url, headers } = this.#options;
    // The store is asked with the proxy's own credentials.
    const { host: _, 'transfer-encoding': __, connection: ___, authorization: ____, ...sent } = taken.headers;
    const passed = request(`${url}${taken.url!}`, {
      method: taken.method,
      headers: { ...sent, 'content-length': body.length, ...headers },
    });
    const answered = once(passed, 'response') as Promise<[IncomingMessage]>;
    // Heard below, when all is sent.
    answered.catch(() => undefined);
    const size = Math.ceil(body.length / pieces);
    for (let piece = 0; piece < pieces; piece++) {
      if (piece > 0) await sleep(DELAY_MS / pieces);
      passed.write(body.subarray(piece * size, Math.floor((piece + 1) * size * share)));
    }
    if (share < 1) {
      // What was written is read before the line breaks.
      await sleep(DELAY_MS / 2);
      passed.destroy();
    } else passed.end();
    const [got] = await answered;
    return { status: got.statusCode!, headers: got.headers, body: await buffer(got) };
  }
}

function give({ answer }: Exchange, { status, headers, body }: Answered): void {
  const { 'transfer-encoding': _, connection: __, ...given } = headers;
  answer.writeHead(status, { ...given, 'content-length': body.length }).end(body);
}

/** Round by round each fault once, in another order, and sound requests between them. */
function* scheduleOf(seed: number): Generator<FaultName | undefined, never, void> {
  const { length } = FAULT_NAMES;
  for (let round = 0; ; round++) {
    const [order] = fc.sample(
      fc.shuffledSubarray([...FAULT_NAMES], { minLength: length, maxLength: length }),
      { seed: seed + round, numRuns: 1 },
    );
    const gaps = fc.sample(fc.nat(SOUND_MAX), { seed: seed + round, numRuns: length });
    for (const [at, fault] of order!.entries()) {
      for (let sound = 0; sound < gaps[at]!; sound++) yield undefined;
      yield fault;
    }
  }
}
