/**
 * Environment variables as an overlay of the configuration: `WEIR_` and the path of the key in capitals (`kafka.clientId` is
 * `WEIR_KAFKA_CLIENT_ID`). Text is taken as it is, anything else is read as YAML; an empty variable counts as absent.
 */
import { parse } from 'yaml';
import { ConfigError } from './config-error.ts';
import { LEAVES } from './leaves.ts';
import { didYouMean } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Who says so: `environment variable WEIR_HTTP_PORT`, `--demo`. */
  readonly origin: string;
}

/** Variables that are no configuration. */
const OTHER_NAMES = ['WEIR_CONFIG', 'WEIR_DEBUG', 'WEIR_FAILPOINTS', 'WEIR_KERNEL', 'WEIR_NO_SKIP'];
/** What Kubernetes puts into every pod beside a service called `weir`. */
const SERVICE_LINK = /^WEIR_(PORT|SERVICE_)/;

export function overridesFrom(environment: Environment): readonly Override[] {
  return LEAVES.flatMap(({ path, type, environmentName }): Override[] => {
    const text = environmentName === undefined ? undefined : environment[environmentName];
    if (environmentName === undefined || text === undefined || text === '') return [];
    const isText = type === 'text' || type.includes(', ');
    return [
      {
        path,
        value: isText ? text : parsed(environmentName, text),
        origin: `environment variable ${environmentName}`,
      },
    ];
  });
}

/** One line for each `WEIR_` variable that means nothing. */
export function strangers(environment: Environment): readonly string[] {
  const known = LEAVES.flatMap(({ environmentName }) => environmentName ?? []);
  return Object.keys(environment)
    .filter((name) => name.startsWith('WEIR_') && !SERVICE_LINK.test(name))
    .filter((name) => !known.includes(name) && !OTHER_NAMES.includes(name))
    .map((name) => `environment variable ${name} is not known and was ignored.${didYouMean(name, known)}`);
}

function parsed(name: string, text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    throw new ConfigError([
      `environment variable ${name}: not YAML; write lists as [a, b] and objects as {key: value}`,
    ]);
  }
}
