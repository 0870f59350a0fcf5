/**
 * The one loader of `jobs/` and of `operators/quality/`: a job, or a check, is found by its file name. A job is made from the section of the
 * configuration that bears its name.
 */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type { Check } from '../../operators/quality-check.ts';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/suggest.ts';
import type { Job, JobFactory } from './job.ts';

const JOBS = new URL('../../jobs/', import.meta.url);
const CHECKS = new URL('../../operators/quality/', import.meta.url);
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** What every job is given beside its own section. */
export interface JobContext {
  /** Places hash keys; no result depends on it. */
  readonly seed: number;
  /** Every check there is. */
  readonly checks: readonly Check[];
}

/** Names of all jobs, in order. */
export async function jobNames(): Promise<readonly string[]> {
  return namesIn(JOBS);
}

/** All checks, by name. */
export async function loadChecks(): Promise<readonly Check[]> {
  const files = await namesIn(CHECKS);
  return Promise.all(
    files.map(async (file) => {
      const check = await load<Check>(CHECKS, file);
      assert.equal(check.name, file.replaceAll('-', '_'), `BUG: ${file} holds another check`);
      return check;
    }),
  );
}

/** `sayerOf` tells who names the job of an index, for an error. */
export async function loadJobs(
  names: readonly string[],
  sections: Readonly<Record<string, unknown>>,
  sayerOf: (index: number) => string = () => 'jobs',
): Promise<readonly Job[]> {
  const known = await jobNames();
  const problems = [...names.entries()].flatMap(([index, name]) =>
    known.includes(name)
      ? []
      : `${sayerOf(index)}: there is no job "${name}".${didYouMean(name, known)} Known: ${known.join(', ')}.`,
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const context: JobContext = { seed: (Math.random() * 2 ** 32) | 0, checks: await loadChecks() };
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const make = await load<JobFactory<JobContext>>(JOBS, name);
      return make({ ...(sections[name] as object | undefined), ...context });
    }),
  );
}

async function namesIn(folder: URL): Promise<readonly string[]> {
  const files = await readdir(folder);
  return [...new Set(files.flatMap((file) => /^([a-z0-9-]+)\.[jt]s$/.exec(file)?.[1] ?? []))].sort();
}

/** What a file exports by default. */
async function load<T>(folder: URL, name: string): Promise<T> {
  const loaded = (await import(new URL(`${name}.${EXTENSION}`, folder).href)) as { readonly default: T };
  return loaded.default;
}
