/**
 * A ClickHouse server that outlives Weir, at an address that needs no token: for `clickhouse.url`. It can be closed: requests are then refused, or taken
 * and never answered, those under way too.
 */
import { once } from 'node:events';
import { type IncomingMessage, request, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StoreOptions } from '../../src/sinks/clickhouse-client.ts';

export class StoreGate {
  /** What requests meet. */
  state: 'open' | 'refusing' | 'mute' = 'open';
  readonly #options: StoreOptions;
  readonly #server: Server;

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.#server = new Server((taken, answer) => this.#pass(taken, answer));
  }

  static async open(options: StoreOptions): Promise<StoreGate> {
    const gate = new StoreGate(options);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #pass(taken: IncomingMessage, answer: ServerResponse): void {
    if (this.state === 'refusing') taken.socket.destroy();
    if (this.state !== 'open') return;
    const { url, headers } = this.#options;
    const { host: _, ...sent } = taken.headers;
    const passed = request(`${url}${taken.url!}`, {
      method: taken.method,
      headers: { ...sent, ...headers },
    });
    passed.on('response', (got) => {
      if (this.state === 'mute') return void got.resume();
      answer.writeHead(got.statusCode!, got.headers);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    // Who asked may be gone: killed in the middle of an insert.
    taken.on('error', () => passed.destroy());
    answer.on('close', () => passed.destroy());
    taken.pipe(passed);
  }
}
