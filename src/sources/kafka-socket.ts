/**
 * Sockets for kafkajs that hand whole answers on. Its own gets a new buffer for each 64 KiB and joins them to a new one for each answer; here what arrives
 * comes into one buffer again and again. Its `processData`, which would join them still, is passed by where the socket is one of these. Holds for
 * kafkajs 2.2.4 alone, which `kafka-fetch.ts` checks.
 */
import { createRequire } from 'node:module';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { AnswerBuffers, AnswerReader } from './kafka-answers.ts';

const READ_BYTES = 2 ** 18;
const KEEP_ALIVE_MS = 60_000;
/** Of an answer: its length, and the number of the question. */
const CORRELATION_AT = 4;
const PAYLOAD_AT = 8;

/** Of all connections of the process. */
export const answerBuffers = new AnswerBuffers();

const ownSockets = new WeakSet<Socket>();

export const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const reader = new AnswerReader(answerBuffers, (answer) => socket.emit('data', answer));
  const onread = {
    buffer,
    callback: (length: number): boolean => {
      try {
        reader.take(buffer.subarray(0, length));
      } catch (error) {
        socket.destroy(error as Error);
      }
      return true;
    },
  };
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const options = { host, port, onread };
  const isPlain = ((ssl as tls.ConnectionOptions | null) ?? undefined) === undefined;
  const socket: Socket = isPlain
    ? net.connect(options, onConnect)
    : tls.connect({ ...options, ...servername, ...ssl } as tls.ConnectionOptions, onConnect);
  ownSockets.add(socket);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
};

interface Connection {
  readonly socket: Socket;
  /** While it proves who it is. */
  readonly authHandlers?: object | null;
  readonly requestQueue: {
    fulfillRequest(answer: {
      readonly size: number;
      readonly correlationId: number;
      readonly payload: Buffer;
    }): void;
  };
}

interface ConnectionClass {
  readonly prototype: { processData: (this: Connection, data: Buffer) => void };
}

/** Replaces what kafkajs does with each chunk of data, for the whole process. */
export function installAnswers(): void {
  const { prototype } = createRequire(import.meta.url)(
    'kafkajs/src/network/connection.js',
  ) as ConnectionClass;
  const { processData } = prototype;
  prototype.processData = function (data) {
    if (!ownSockets.has(this.socket) || (this.authHandlers ?? undefined) !== undefined) {
      processData.call(this, data);
      return;
    }
    this.requestQueue.fulfillRequest({
      size: data.length - CORRELATION_AT,
      correlationId: data.readInt32BE(CORRELATION_AT),
      payload: data.subarray(PAYLOAD_AT),
    });
  };
}
