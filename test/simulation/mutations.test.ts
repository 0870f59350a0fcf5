/**
 * Whether the simulation would notice. Each mutation is applied to the product's text on its way into a module loader of its own, and the
 * simulation must fail there: under a schedule that is known to have found such a defect, or one drawn from the seed.
 *
 * npm run mutations     draws all schedules anew (WEIR_SEED, WEIR_SCHEDULES), and says how many each mutation took
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createViteServer } from 'vitest/node';
import found from './found.json' with { type: 'json' };
import { MUTATIONS, type Mutation } from './mutations.ts';
import type { Schedule } from './schedule.ts';
import type * as SearchModule from './search.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const isShort = process.env['WEIR_MUTATIONS'] !== 'drawn';
const known = isShort ? found.map(({ schedule }) => schedule as Schedule) : [];
const seed = Number(process.env['WEIR_SEED'] ?? 1);
const schedulesMax = Number(process.env['WEIR_SCHEDULES'] ?? (isShort ? 1_500 : 20_000));

async function mutated({ file, from, to }: Mutation): Promise<string> {
  const parts = (await readFile(`${ROOT}${file}`, 'utf8')).split(from);
  expect(parts.length, `${file} has once: ${from}`).toBe(2);
  return parts.join(to);
}

async function searchUnder(mutation: Mutation): Promise<SearchModule.Search> {
  const text = await mutated(mutation);
  const path = `${ROOT}${mutation.file}`;
  const server = await createViteServer({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    plugins: [{ name: 'mutation', enforce: 'pre', load: (id) => (id === path ? text : undefined) }],
  });
  try {
    const { search } = (await server.ssrLoadModule('/test/simulation/search.ts')) as typeof SearchModule;
    return await search(seed, schedulesMax, known);
  } finally {
    await server.close();
  }
}

describe('the simulation catches', () => {
  test.each(MUTATIONS)('$name', { timeout: 3_600_000 }, async (mutation) => {
    const { tried, failure } = await searchUnder(mutation);
    expect(failure, `after ${tried} schedules`).toBeDefined();
    if (!isShort) console.log(`${tried} schedules: ${mutation.name}`);
  });
});
