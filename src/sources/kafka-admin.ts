/**
 * Questions to the brokers. A connection that failed one is left behind: kafkajs would ask the leaders it knows for minutes, whatever those answer, and
 * nothing but a new connection makes it look for others.
 */
import type { Admin } from 'kafkajs';
import { KafkaError, kafkaError, type KafkaConnection } from './kafka-client.ts';

interface Line {
  readonly admin: Admin;
  asking: number;
}

export class KafkaAdmin {
  readonly #connection: KafkaConnection;
  readonly #open: () => Admin;
  #line: Line | undefined;
  #isOver = false;

  constructor(connection: KafkaConnection, open: () => Admin) {
    this.#connection = connection;
    this.#open = open;
  }

  /** Throws a KafkaError. */
  async ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    if (this.#isOver) throw new KafkaError('kafka_unreachable', 'Kafka is not asked any more: Weir stops');
    const line = (this.#line ??= { admin: this.#open(), asking: 0 });
    line.asking++;
    try {
      return await question(line.admin);
    } catch (error) {
      if (this.#line === line) this.#line = undefined;
      throw kafkaError(error, this.#connection);
    } finally {
      line.asking--;
      this.#release(line);
    }
  }

  /** The brokers are to be asked on a new connection from here on. */
  renew(): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) this.#release(line);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#line?.admin.disconnect().catch(() => undefined);
  }

  /** Others may still wait for an answer on it. */
  #release(line: Line): void {
    if (line !== this.#line && line.asking === 0) line.admin.disconnect().catch(() => undefined);
  }
}
