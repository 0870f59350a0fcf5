/** A job says which operators meet which tables and metrics. One file of `jobs/` each: file name = job name = CLI name. */
import type { Operator } from '../../operators/operator.ts';
import type { CheckInfo } from '../../operators/quality-check.ts';
import type { CounterFamily } from '../sinks/prometheus-family.ts';
import type { Table, View } from '../sinks/table.ts';

export interface Job {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly operators: readonly Operator[];
  readonly tables: readonly Table[];
  readonly views: readonly View[];
  readonly counters: readonly CounterFamily[];
  /** The checks behind its views, where it makes any: for API and reports. */
  readonly checks?: readonly CheckInfo[];
}

/** Makes a job from the part of the configuration that is its own. */
export type JobFactory<Options> = (options: Options) => Job;
