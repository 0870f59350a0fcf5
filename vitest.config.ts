import { defineConfig } from 'vitest/config';

const source = ['test/**/*.test.ts'];
const heavy = ['test/integration/**/*.test.ts'];

/**
 * Two projects: what needs only this process runs in as many workers as there are processors; what starts servers, and mostly waits for
 * them, runs two files at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: source,
          exclude: heavy,
          globalSetup: 'test/support/kernel-build.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Vitest leaves one processor to itself, which is half of two.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: heavy,
          globalSetup: ['test/support/kernel-build.ts', 'test/support/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
