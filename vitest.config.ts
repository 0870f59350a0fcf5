import { defineConfig } from 'vitest/config';

const source = ['test/**/*.test.ts'];
const heavy = ['test/integration/**/*.test.ts'];

/** Two projects: what needs only this process runs in parallel; what starts servers runs one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: source,
          exclude: heavy,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: heavy,
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
