/** The one loader of `jobs/`: a job is found by its file name, and made from the section of the configuration that bears its name. */
import { readdir } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/suggest.ts';
import type { Job, JobFactory } from './job.ts';

const FOLDER = new URL('../../jobs/', import.meta.url);

/** What every job is given beside its own section. */
export interface JobContext {
  /** Places hash keys; no result depends on it. */
  readonly seed: number;
}

/** Names of all jobs, in order. */
export async function jobNames(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return [...new Set(files.flatMap((file) => /^([a-z0-9-]+)\.[jt]s$/.exec(file)?.[1] ?? []))].sort();
}

export async function loadJobs(
  names: readonly string[],
  sections: Readonly<Record<string, unknown>>,
): Promise<readonly Job[]> {
  const known = await jobNames();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ConfigError(
      unknown.map(
        (name) => `jobs: there is no job "${name}".${didYouMean(name, known)} Known: ${known.join(', ')}.`,
      ),
    );
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const context: JobContext = { seed: (Math.random() * 2 ** 32) | 0 };
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const { default: make } = (await import(new URL(`${name}.${extension}`, FOLDER).href)) as {
        readonly default: JobFactory<JobContext>;
      };
      return make({ ...(sections[name] as object | undefined), ...context });
    }),
  );
}
