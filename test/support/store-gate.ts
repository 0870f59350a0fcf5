/**
 * A ClickHouse server that outlives Weir, at an address that needs no token: for `clickhouse.url`. While it refuses, no request
 * comes through; while it holds, all take effect and no answer comes back.
 */
import { once } from 'node:events';
import { type IncomingMessage, request, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StoreOptions } from '../../src/sinks/clickhouse-client.ts';

export class StoreGate {
  #state: 'open' | 'refusing' | 'holding' = 'open';
  #held: { readonly url: string; readonly give: () => void }[] = [];
  readonly #options: StoreOptions;
  readonly #server: Server;

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.#server = new Server((taken, answer) => this.#pass(taken, answer));
  }

  static async to(options: StoreOptions): Promise<StoreGate> {
    const gate = new StoreGate(options);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  refuse(): void {
    this.#state = 'refusing';
    this.#server.closeAllConnections();
  }

  hold(): void {
    this.#state = 'holding';
  }

  /** Inserts whose answer is held. */
  get heldInserts(): number {
    return this.#held.filter(({ url }) => url.includes('INSERT')).length;
  }

  /** Lets requests through again, and gives the answers held. */
  open(): void {
    this.#state = 'open';
    for (const { give } of this.#held.splice(0)) give();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #pass(taken: IncomingMessage, answer: ServerResponse): void {
    if (this.#state === 'refusing') {
      taken.socket.destroy();
      return;
    }
    const { url, headers } = this.#options;
    const { host: _, ...sent } = taken.headers;
    const passed = request(`${url}${taken.url!}`, {
      method: taken.method,
      headers: { ...sent, ...headers },
    });
    passed.on('response', (got) => {
      got.on('error', () => answer.destroy());
      const give = (): void => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      };
      if (this.#state === 'holding') this.#held.push({ url: taken.url!, give });
      else give();
    });
    passed.on('error', () => answer.destroy());
    // Who asked may be gone: killed in the middle of an insert.
    taken.on('error', () => passed.destroy());
    answer.on('close', () => passed.destroy());
    taken.pipe(passed);
  }
}
