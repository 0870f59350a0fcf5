/** A YAML file that remembers where each key stands, so that an error can name its line. */
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

export interface ConfigDocument {
  /** Content as plain values. */
  readonly values: Record<string, unknown>;
  /** `weir.yaml:3:5` of the key or value at a path, or of the nearest thing around it. */
  placeOf(path: readonly PropertyKey[]): string;
}

export function parseConfigDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw new ConfigError(
      document.errors.map((error) => `${place(error.pos[0])}: not YAML: ${wordsOf(error)}`),
    );
  const content: unknown = contentOf(file, () => document.toJS({ maxAliasCount: 100 }) as unknown);
  if (!isRecord(content))
    throw new ConfigError([
      `${file}:1:1: expected sections such as "kafka:", found ${Array.isArray(content) ? 'a list' : 'a single value'}`,
    ]);

  const offsetOf = (path: readonly PropertyKey[]): number | undefined => {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
    }
    const node: unknown = document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  };

  return {
    values: content,
    placeOf(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(path.slice(0, length));
        if (offset !== undefined) return place(offset);
      }
      return file;
    },
  };
}

function contentOf(file: string, read: () => unknown): unknown {
  try {
    return read() ?? {};
  } catch (error) {
    throw new ConfigError([`${file}: not YAML: ${wordsOf(error as Error)}`]);
  }
}

/** What is wrong, without what stands there: a password that begins with a sign of YAML's is an alias to it, and named after a colon. */
function wordsOf({ message }: Error): string {
  return message.split(': ', 1)[0]!;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
