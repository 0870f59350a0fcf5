/**
 * A value that must not be seen: every way of printing it gives `***`. Only `reveal` gives the text, where a connection is made; what others say of that
 * connection is shown after `masked` has taken it out again.
 */
import { inspect } from 'node:util';

const HIDDEN = '***';
/** What is shorter is no secret, and stands in every other word. */
const MASKED_CHARS_MIN = 4;
/** A request that somebody repeats: its credentials, however they are encoded. */
const CREDENTIALS = /\b((?:proxy-)?authorization|x-clickhouse-key)(["']?\s*[:=]\s*["']?)[^\r\n"',]+/gi;

const known = new Set<string>();

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    if (text.length >= MASKED_CHARS_MIN) for (const form of [text, encodeURIComponent(text)]) known.add(form);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** A text of somebody else's, such as a server's error, without any secret of this process. */
export function masked(text: string): string {
  let shown = text.replace(CREDENTIALS, `$1$2${HIDDEN}`);
  for (const secret of known) shown = shown.replaceAll(secret, () => HIDDEN);
  return shown;
}
