import { expect, it } from 'vitest';
import { loadJobs } from '../../../src/engine/load-jobs.ts';

const KNOWN = 'Known: dependencies, paths, quality, red.';

it('names who says so of each job that there is not', async () => {
  const loading = loadJobs(['red', 'rad', 'nothing'], {}, (index) => `weir.yaml:1:${index}: jobs[${index}]`);
  await expect(loading).rejects.toMatchObject({
    name: 'ConfigError',
    problems: [
      `weir.yaml:1:1: jobs[1]: there is no job "rad". Did you mean "red"? ${KNOWN}`,
      `weir.yaml:1:2: jobs[2]: there is no job "nothing". ${KNOWN}`,
    ],
  });
});
