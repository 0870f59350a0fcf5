/** The start screen: what runs, where, and what to try next. Every line to try works when pasted. */
import { resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Colors } from '../terminal.ts';
import type { Store } from './assemble.ts';

export interface Screen {
  readonly version: string;
  readonly sources: readonly { readonly name: string; readonly place: string }[];
  readonly store: Pick<Store, 'description' | 'curl'>;
  /** Where the API answers, such as `http://127.0.0.1:8889`. */
  readonly address: string;
  readonly config: Config;
  readonly file: string | undefined;
}

/** What starts this program from any directory. */
const PROGRAM = `node '${process.argv[1] ?? ''}'`;

export function screenText(screen: Screen, colors: Colors): string {
  const { bold, cyan, dim } = colors;
  const row = (name: string, place: string): string => `  ${dim(name.padEnd(12))}${place}`;
  const lines = [
    '',
    `${bold(cyan('  ~~|~~  weir'))} ${screen.version}   ${dim('measuring the flow of traces')}`,
    '',
    row('reads', screen.sources.map(({ name, place }) => `${name}: ${place}`).join(`\n${' '.repeat(14)}`)),
    row('jobs', screen.config.jobs.join(', ')),
    row('stores', `ClickHouse: ${screen.store.description}, database ${screen.config.clickhouse.database}`),
    row(
      'serves',
      `${screen.address}${screen.config.http.basePath}/api   ${screen.address}/metrics   ${screen.address}/readyz`,
    ),
    row('config', screen.file ?? 'defaults and environment; docs/CONFIG.md has every key'),
    ...(screen.config.http.token === undefined
      ? []
      : [row('token', 'http.token; put it into WEIR_HTTP_TOKEN for the lines below that name it')]),
    '',
    `  ${bold('Try')}`,
    ...tries(screen).map(([what, command]) => `  ${dim(`# ${what}`)}\n  ${command}`),
    '',
  ];
  return lines.join('\n');
}

/** What it does, and the line that does it. */
type Try = readonly [string, string];

/** Of the jobs that run. */
function tries(screen: Screen): readonly Try[] {
  const { address, config, sources } = screen;
  const receiver = sources.find(({ name }) => name === 'OTLP/HTTP');
  return [
    ...(config.jobs.includes('red') ? monitorTries(screen) : []),
    sqlTry(screen),
    config.jobs.includes('red')
      ? [
          'what Prometheus scrapes (a new series is 0 in its first scrape)',
          `curl -s${authorizationOf(config)} '${address}/metrics' | grep traces_span_metrics_calls`,
        ]
      : ['what Prometheus scrapes', `curl -s${authorizationOf(config)} '${address}/metrics'`],
    ...(config.jobs.includes('quality') ? [reportTry(screen)] : []),
    ...(receiver === undefined
      ? []
      : [
          [
            'send spans of your own (gRPC on 4317 is not served)',
            `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.place}`,
          ] as const,
        ]),
  ];
}

function authorizationOf({ http: { token } }: Config): string {
  return token === undefined ? '' : ` -H "Authorization: Bearer $WEIR_HTTP_TOKEN"`;
}

function monitorTries({ address, config }: Screen): readonly Try[] {
  const [tenant, ...others] = config.tenants.names;
  const headers = `${authorizationOf(config)}${others.length > 0 ? ` -H 'x-tenant: ${tenant!}'` : ''}`;
  const api = `${address}${config.http.basePath}/api`;
  const service = config.demo.enabled ? 'frontend' : 'SERVICE';
  return [
    ['services seen', `curl -s${headers} '${api}/v3/services'`],
    [
      'calls per second, as the Monitor tab asks',
      `curl -s${headers} '${api}/metrics/calls?service=${service}&lookback=3600000&step=60000&spanKind=server'`,
    ],
  ];
}

/** By job: what its rows say, and the columns and view that say it. */
const SQL: readonly { readonly job: string; readonly what: string; readonly select: string }[] = [
  {
    job: 'red',
    what: 'the same table by SQL',
    select: 'service, sum(calls), max(duration_us_p95) FROM {database}.red GROUP BY service ORDER BY service',
  },
  {
    job: 'dependencies',
    what: 'who calls whom, by SQL',
    select: 'parent, child, sum(calls) FROM {database}.dependencies GROUP BY ALL ORDER BY ALL',
  },
  {
    job: 'quality',
    what: 'verdicts by SQL',
    select: 'service, check, sum(passed), sum(failed) FROM {database}.quality GROUP BY ALL ORDER BY ALL',
  },
  {
    job: 'paths',
    what: 'the most used ways by SQL',
    select: 'path, sum(calls) AS calls FROM {database}.paths GROUP BY path ORDER BY calls DESC LIMIT 20',
  },
];

const PROGRESS_SQL = { what: 'how far each partition is, by SQL', select: '* FROM {database}.progress' };

function sqlTry({ config, store }: Screen): Try {
  const { what, select } = SQL.find(({ job }) => config.jobs.includes(job)) ?? PROGRESS_SQL;
  const query = `SELECT ${select.replace('{database}', config.clickhouse.database)} FORMAT PrettyCompact`;
  return [what, `${store.curl} -d '${query}'`];
}

function reportTry({ address, config, file }: Screen): Try {
  const [tenant, ...others] = config.tenants.names;
  const flags = [
    `--url '${address}${config.http.basePath}' --hours 1`,
    // The token, and what else the answer needs, is known from any directory.
    ...(file === undefined ? [] : [`--config '${resolve(file)}'`]),
    ...(others.length > 0 ? [`--tenant ${tenant!}`] : []),
  ];
  return [
    'what to fix in the traces of which service (with a name behind `report`: of that one)',
    `${PROGRAM} report ${flags.join(' ')}`,
  ];
}

/** The line below: how fast spans come, and how far behind we are. */
export function progressText(spansPerSecond: number, spans: number, lagMessages: number): string {
  const rate = Math.round(spansPerSecond).toLocaleString('en');
  const lag = lagMessages === 0 ? 'up to date' : `${lagMessages.toLocaleString('en')} messages behind`;
  return `  ${rate} spans/s   ${spans.toLocaleString('en')} spans   ${lag}`;
}
