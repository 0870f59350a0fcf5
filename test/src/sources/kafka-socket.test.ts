import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openSocket } from '../../../src/sources/kafka-socket.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that sends these bytes to whoever connects, and ends. */
async function portOf(...sent: readonly Buffer[]): Promise<number> {
  const server = createServer((socket) => {
    for (const bytes of sent) socket.write(bytes);
    socket.end();
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function connectTo(port: number): ReturnType<typeof openSocket> {
  return openSocket({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => undefined });
}

function answerOf(length: number): Buffer {
  const answer = Buffer.alloc(4 + length, length & 0xff);
  answer.writeInt32BE(length);
  return answer;
}

test('hands whole answers on, then ends', async () => {
  const answers = [answerOf(10), answerOf(3_000_000), answerOf(0), answerOf(70_000)];
  const socket = connectTo(await portOf(...answers));
  const got: Buffer[] = [];
  socket.on('data', (answer: Buffer) => got.push(Buffer.from(answer)));
  await once(socket, 'end');
  expect(got.map((answer, at) => answer.equals(answers[at]!))).toEqual([true, true, true, true]);
});

test('fails where what answers is no Kafka', async () => {
  const socket = connectTo(await portOf(Buffer.from([0x80, 0, 0, 0])));
  socket.on('data', () => undefined);
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toContain('no Kafka broker');
});
