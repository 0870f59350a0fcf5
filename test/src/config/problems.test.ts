/** One value, one complaint, in words of ours. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { LEAVES } from '../../../src/config/leaves.ts';
import { loadConfig, type LoadOptions } from '../../../src/config/load.ts';

let directory: string;
let empty: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-problems-'));
  empty = join(directory, 'empty.yaml');
  await writeFile(empty, '');
});
afterAll(() => rm(directory, { recursive: true }));

async function problems(options: Partial<LoadOptions>): Promise<readonly string[]> {
  try {
    await loadConfig({ file: empty, environment: {}, ...options });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('a wrong value', () => {
  it.each([
    ['WEIR_RED_DIMENSIONS', 'http.route', 'expected a list, such as [a, b], found text'],
    ['WEIR_RED_DIMENSIONS', '[a, b, c, d, e, f, g, h, i]', 'expected at most 8 in the list, found 9'],
    ['WEIR_JOBS', '[]', 'the list is empty; name at least one, or leave the key out'],
    ['WEIR_ENGINE_WINDOW_MS', '-1', 'expected at least 1000'],
    ['WEIR_ENGINE_WINDOW_MS', '1000.5', 'expected a whole number, found 1000.5'],
    ['WEIR_HTTP_PORT', '1e30', 'expected at most 65535'],
    ['WEIR_HTTP_PORT', '.nan', 'expected a number, found NaN'],
    ['WEIR_HTTP_PORT', 'null', 'expected a number, found nothing; give it a value, or leave it out'],
    ['WEIR_QUALITY_MINIMUM_VERSIONS', '{"": "1.0"}', 'expected a name before the colon, found nothing'],
  ])('%s=%s is told once: %s', async (name, text, expected) => {
    const found = await problems({ environment: { [name]: text } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^environment variable ${name}: [\\w.]+: `));
    expect(found[0]!.endsWith(`: ${expected}`)).toBe(true);
  });

  it('of text is no list, and not nothing', async () => {
    const of = (value: unknown) => problems({ overrides: [{ path: ['http', 'host'], value, origin: 'x' }] });
    expect(await of('')).toEqual(['x: http.host: is empty; give it a value, or leave it out']);
    expect(await of(['a'])).toEqual(['x: http.host: expected text, found a list']);
    expect(await of(null)).toEqual([
      'x: http.host: expected text, found nothing; give it a value, or leave it out',
    ]);
  });

  it('of a secret is named by the file it comes from', async () => {
    const found = await problems({ environment: { WEIR_HTTP_TOKEN_FILE: empty } });
    expect(found).toEqual([
      `environment variable WEIR_HTTP_TOKEN_FILE: http.tokenFile: ${empty} is empty; write http.token into it, or name another file`,
    ]);
  });
});

const WRONG = [-1, 1e30, 0.5, NaN, '', 'x y', [], [''], [[]], [-1], true, null, {}, { '': 1 }];
/** Signs of the words of whoever validates. */
const FOREIGN = /invalid|[<>]=?\d|items|characters|expected (array|string|int|object)\b|too (small|big)/i;

it.each(LEAVES.filter(({ environmentName }) => environmentName !== undefined))(
  'whatever stands at $key, each place is told once and in words of ours',
  async ({ path }) => {
    for (const value of WRONG) {
      const found = await problems({ overrides: [{ path, value, origin: 'x' }] });
      const places = found.map((problem) => /^[^:]*: ([^:]*): /.exec(problem)?.[1]);
      expect(new Set(places).size).toBe(found.length);
      expect(found.filter((problem) => FOREIGN.test(problem))).toEqual([]);
    }
  },
);
