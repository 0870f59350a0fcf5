/**
 * Keeps an embedded ClickHouse running: one that dies is started again at the same address, so that whoever talks to it sees an outage and no more. One
 * that dies again and again has a cause that no start cures, and is given up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EmbeddedClickHouse,
  type EmbeddedOptions,
  startEmbedded,
  TOKEN_HEADER,
} from './clickhouse-embedded.ts';
import type { EmbeddedError } from './embedded-error.ts';

export interface KeeperOptions extends EmbeddedOptions {
  /** Called each time it died and is started again. */
  readonly onDeath: (error: EmbeddedError) => void;
  /** Called when it is given up: its last death, or why it does not start. */
  readonly onExit: (error: EmbeddedError) => void;
}

/** Deaths in a row; one that lived for LIFE_MS_MIN begins a new row. */
const DEATHS_MAX = 3;
const LIFE_MS_MIN = 60_000;
/** Before the first start again; then twice as long each time. */
const PAUSE_MS = 250;

/** Throws EmbeddedError where the first start fails. */
export async function keepEmbedded(options: KeeperOptions): Promise<EmbeddedClickHouse> {
  let isStopping = false;
  let deaths = 0;
  let startedMs = performance.now();
  let starting: Promise<void> = Promise.resolve();

  const died = (error: EmbeddedError): void => {
    if (performance.now() - startedMs > LIFE_MS_MIN) deaths = 0;
    deaths++;
    if (deaths > DEATHS_MAX) options.onExit(error);
    else {
      options.onDeath(error);
      starting = startAgain();
    }
  };
  const startAgain = async (): Promise<void> => {
    await sleep(PAUSE_MS * 2 ** (deaths - 1));
    if (isStopping) return;
    startedMs = performance.now();
    try {
      server = await startEmbedded({ ...options, ...address, onExit: died });
    } catch (error) {
      died(error as EmbeddedError);
    }
  };

  let server = await startEmbedded({ ...options, onExit: died });
  const { url, headers, headerFile } = server;
  const address = { port: Number(new URL(url).port), token: headers[TOKEN_HEADER]! };
  return {
    url,
    headers,
    headerFile,
    get pid() {
      return server.pid;
    },
    stop: async (graceMs) => {
      isStopping = true;
      await starting;
      await server.stop(graceMs);
    },
  };
}
