/** The start screen: what runs, where, and what to try next. Every line to try works when pasted. */
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
    '',
    `  ${bold('Try')}`,
    ...tries(screen).map(([what, command]) => `  ${dim(`# ${what}`)}\n  ${command}`),
    '',
  ];
  return lines.join('\n');
}

/** What it does, and the line that does it. */
function tries({ address, config, sources, store }: Screen): readonly (readonly [string, string])[] {
  const { token, basePath } = config.http;
  const authorization = token === undefined ? '' : ` -H "Authorization: Bearer $WEIR_HTTP_TOKEN"`;
  const isShared = config.tenants.names.length > 1;
  const headers = `${authorization}${isShared ? ` -H 'x-tenant: ${config.tenants.names[0]!}'` : ''}`;
  const api = `${address}${basePath}/api`;
  const service = config.demo.enabled ? 'frontend' : 'SERVICE';
  const receiver = sources.find(({ name }) => name === 'OTLP/HTTP');
  return [
    ['services seen', `curl -s${headers} '${api}/v3/services'`],
    [
      'calls per second, as the Monitor tab asks',
      `curl -s${headers} '${api}/metrics/calls?service=${service}&lookback=3600000&step=60000&spanKind=server'`,
    ],
    [
      'the same table by SQL',
      `${store.curl} -d 'SELECT service, sum(calls), max(duration_us_p95) FROM ${config.clickhouse.database}.red GROUP BY service ORDER BY service FORMAT PrettyCompact'`,
    ],
    [
      'what Prometheus scrapes (a new series is 0 in its first scrape)',
      `curl -s${authorization} '${address}/metrics' | grep traces_span_metrics_calls`,
    ],
    ...(config.jobs.includes('quality')
      ? [
          [
            'what to fix in the traces of which service (with a name behind `report`: of that one)',
            `${PROGRAM} report --url '${address}${basePath}' --hours 1${isShared ? ` --tenant ${config.tenants.names[0]!}` : ''}`,
          ] as const,
        ]
      : []),
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

/** The line below: how fast spans come, and how far behind we are. */
export function progressText(spansPerSecond: number, spans: number, lagMessages: number): string {
  const rate = Math.round(spansPerSecond).toLocaleString('en');
  const lag = lagMessages === 0 ? 'up to date' : `${lagMessages.toLocaleString('en')} messages behind`;
  return `  ${rate} spans/s   ${spans.toLocaleString('en')} spans   ${lag}`;
}
