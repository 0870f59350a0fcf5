/**
 * The jobs that are simulated, and how each is judged. A new job is one entry of TABLES: what makes it, how a row of its table reads, and the
 * oracle that says what every row must hold.
 */
import { isDeepStrictEqual } from 'node:util';
import dependenciesJob from '../../jobs/dependencies.ts';
import pathsJob from '../../jobs/paths.ts';
import qualityJob from '../../jobs/quality.ts';
import redJob from '../../jobs/red.ts';
import { DEPENDENCIES_TABLE } from '../../operators/edge-rows.ts';
import { EXAMPLES_MAX } from '../../operators/examples.ts';
import { PATHS_TABLE } from '../../operators/path-rows.ts';
import { QUALITY_TABLE } from '../../operators/quality-rows.ts';
import { RED_TABLE } from '../../operators/red-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Job } from '../../src/engine/job.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { dependenciesOracle } from '../support/dependencies-oracle.ts';
import { type PathRow, pathsOracle } from '../support/paths-oracle.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import { DURATION_US_MAX, ORACLE_CHECKS, TOLERANCE_US, qualityOracle } from '../support/quality-oracle.ts';
import { type OracleOptions, redOracle } from '../support/red-oracle.ts';
import { SMALL } from '../support/run-partition.ts';
import { edgeRowAt, pathRowAt, qualityRowAt, redRowAt } from '../support/stored-rows.ts';
import type { Rules } from './schedule.ts';

export interface SimulatedTable {
  readonly name: string;
  readonly job: (rules: Rules, seed: number) => Job;
  /** Key text and content of a row, as the oracle gives them. */
  readonly rowAt: (rows: Rows, at: number) => readonly [string, unknown];
  /** All rows of the log's prefix `[0, hi)`, owned from `origin` on. */
  readonly oracle: (
    log: readonly PlainMessage[],
    rules: Rules,
    origin: number,
    hi: number,
  ) => ReadonlyMap<string, unknown>;
  /** Whether a row is what the oracle says. */
  readonly agrees: (row: unknown, expected: unknown) => boolean;
}

/** Those that the oracle knows. */
const CHECKS = (await loadChecks()).filter(({ name }) => ORACLE_CHECKS.includes(name));

const ROWS_MAX = { tight: 3, roomy: 1_000 } as const;

function limitsOf({ isTight }: Rules): { readonly rowsPerTenantMax: number } {
  return { rowsPerTenantMax: isTight ? ROWS_MAX.tight : ROWS_MAX.roomy };
}

function pathLimitsOf(rules: Rules): Parameters<typeof pathsJob>[0]['limits'] {
  const bounds = rules.isTight ? { entriesMax: 3, depthMax: 4, completedMax: 3 } : ROOMY_PATHS;
  return { ...limitsOf(rules), ...bounds };
}

const ROOMY_PATHS = { entriesMax: 32, depthMax: 64, completedMax: 1_000 };

export function oracleOptions(rules: Rules, origin: number): OracleOptions {
  const { slotMessages, lookbackSpans, isTight } = rules;
  const limits = isTight
    ? {}
    : { servicesPerTenantMax: 100, seriesPerServiceMax: 100, rowsPerTenantMax: 1_000 };
  return { ...SMALL, ...limits, slotMessages, lookbackSpans, origin };
}

export const TABLES: readonly SimulatedTable[] = [
  {
    name: RED_TABLE,
    job: (rules, seed) => {
      const { dimensions, ...limits } = oracleOptions(rules, 0);
      return redJob({ dimensions, limits, seed });
    },
    rowAt: redRowAt,
    oracle: (log, rules, origin, hi) => redOracle(log, oracleOptions(rules, origin), hi),
    agrees: isDeepStrictEqual,
  },
  {
    name: DEPENDENCIES_TABLE,
    job: (rules) =>
      dependenciesJob({
        selfEdges: rules.isTight,
        brokers: false,
        unknownCallers: rules.isTight,
        limits: { rowsPerTenantMax: ROWS_MAX.roomy },
        jaeger: { tenant: '' },
      }),
    rowAt: edgeRowAt,
    oracle: (log, rules, origin, hi) =>
      dependenciesOracle(
        log,
        {
          ...oracleOptions(rules, origin),
          hasSelfEdges: rules.isTight,
          hasBrokers: false,
          hasUnknownCallers: rules.isTight,
          profile: 'weir',
          limits: { rowsPerTenantMax: ROWS_MAX.roomy },
        },
        hi,
      ),
    agrees: isDeepStrictEqual,
  },
  {
    name: PATHS_TABLE,
    job: (rules) => pathsJob({ limits: pathLimitsOf(rules) }),
    rowAt: pathRowAt,
    oracle: (log, rules, origin, hi) =>
      pathsOracle(log, { ...oracleOptions(rules, origin), limits: pathLimitsOf(rules) }, hi),
    agrees: (row, expected) => agreePaths(row as PathRow, expected as PathRow),
  },
  {
    name: QUALITY_TABLE,
    job: (_rules, seed) =>
      qualityJob({
        checks: CHECKS,
        seed,
        clockToleranceMs: TOLERANCE_US / 1000,
        durationMsMax: DURATION_US_MAX / 1000,
        minimumVersions: {},
        limits: {
          servicesPerTenantMax: ROWS_MAX.roomy,
          operationsPerServiceMax: ROWS_MAX.roomy,
          rowsPerTenantMax: ROWS_MAX.roomy,
        },
      }),
    rowAt: qualityRowAt,
    oracle: (log, rules, origin, hi) => qualityOracle(log, oracleOptions(rules, origin), hi),
    agrees: isDeepStrictEqual,
  },
];

/** Of examples the oracle says which may be one: as many as fit must be there, and none twice. */
function agreePaths(row: PathRow, expected: PathRow): boolean {
  const known = expected.traces;
  return (
    isDeepStrictEqual({ ...row, traces: [] }, { ...expected, traces: [] }) &&
    new Set(row.traces).size === Math.min(EXAMPLES_MAX, known.length) &&
    row.traces.every((trace) => known.includes(trace))
  );
}
