import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more. Begun last, each would leave the other processors idle. */
const LONG = [
  'simulation/simulation',
  'simulation/mutations',
  'integration/kills',
  'integration/kafka-faults',
  'integration/store-faults',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const source = ['test/**/*.test.ts'];
const heavy = ['test/integration/**/*.test.ts'];

/**
 * Two projects: what needs only this process runs in as many workers as there are processors; what starts servers, and mostly waits for
 * them, runs two files at a time.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
