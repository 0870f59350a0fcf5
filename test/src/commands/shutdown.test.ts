import { afterEach, expect, it, vi } from 'vitest';
import { Shutdown } from '../../../src/commands/shutdown.ts';
import { createLogger } from '../../../src/log.ts';

const log = createLogger(
  { level: 'silent', format: 'json' },
  { isInteractive: false, write: () => {}, status: () => {} },
);
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const listeners = SIGNALS.map((signal) => process.listeners(signal));

afterEach(() => {
  vi.restoreAllMocks();
  for (const [index, signal] of SIGNALS.entries())
    for (const listener of process.listeners(signal))
      if (!listeners[index]!.includes(listener)) process.off(signal, listener);
});

function opened(): {
  readonly shutdown: Shutdown;
  readonly exits: number[];
  readonly passMs: (ms: number) => void;
} {
  let nowMs = 1000;
  const exits: number[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.spyOn(process, 'exit').mockImplementation(((code: number) => void exits.push(code)) as never);
  return { shutdown: new Shutdown(log), exits, passMs: (ms) => void (nowMs += ms) };
}

it('one Ctrl-C that arrives twice, as under npm, asks once', async () => {
  const { shutdown, exits, passMs } = opened();
  process.emit('SIGINT');
  passMs(20);
  process.emit('SIGINT');
  await shutdown.asked;
  expect(exits).toEqual([]);
});

it('a second signal ends the process at once, whatever the first has led to by then', () => {
  const { exits, passMs } = opened();
  process.emit('SIGINT');
  passMs(2000);
  process.emit('SIGTERM');
  expect(exits).toEqual([1]);
});

it('closes parts in the opposite order, each even if another cannot, and tells of the first failure', async () => {
  const { shutdown } = opened();
  const closed: string[] = [];
  shutdown.add('store', async () => void closed.push('store'));
  shutdown.add('engine', async () => {
    closed.push('engine');
    throw new Error('no answer');
  });
  shutdown.add('API', async () => void closed.push('API'));
  await expect(shutdown.close()).rejects.toThrow('engine could not be closed in order');
  expect(closed).toEqual(['API', 'engine', 'store']);
});
