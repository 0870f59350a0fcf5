#!/usr/bin/env node
/** The command line: says what each command takes, and leaves the doing to src/commands. */
import { Command, CommanderError, Option } from 'commander';
import { ENCODINGS } from './codecs/codec.ts';
import { describeError, EXIT, exitCodeOf } from './commands/failure.ts';
import type { ConfigFlags, ReplayFlags, ReportFlags, SchemaFlags, StartFlags } from './commands/flags.ts';
import { isClosedPipe, watchOutput } from './commands/output.ts';
import { FORMATS } from './commands/row-format.ts';
import { REPORT_FORMATS } from './report/report-format.ts';
import { version } from './version.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed: something could not be read, reached or written
  2  wrong arguments or configuration
`;

const ENVIRONMENT = `
Configuration:
  One YAML file, every key overridable by environment: http.port is WEIR_HTTP_PORT, kafka.brokers is WEIR_KAFKA_BROKERS.
  docs/CONFIG.md lists all keys. WEIR_DEBUG=1 shows stack traces.
`;

const START_EXAMPLES = `
Examples:
  weir start --demo                          a demo shop, an embedded ClickHouse, nothing else needed
  weir start --config weir.yaml              Kafka and stores as the file says
  WEIR_KAFKA_BROKERS='[kafka:9092]' weir start

Send spans of your own by OTLP/HTTP to port 4318. gRPC on 4317 is not served; tell the OpenTelemetry SDK:
  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
`;

const REPLAY_EXAMPLES = `
FILE is a file of messages, read in the order given as one log; - is standard input. A JSON file holds one document, or one a
line; any other file is one binary message. Each result is a line {"table":"red",...}, summed over slots, ordered by key.

Examples:
  weir replay spans.json
  weir replay --encoding jaeger_json --format table spans.ndjson
  cat spans.json | weir replay - | jq 'select(.service == "cart")'
`;

const REPORT_EXAMPLES = `
Without SERVICE: all services, lowest score first. A running Weir is asked, or the ClickHouse server of the configuration.

Examples:
  weir report                                every service of a Weir on this machine
  weir report cart --hours 168               one service, the past week
  weir report cart --format html > cart.html one file to mail: plots included, nothing else needed
`;

const CHECK_EXAMPLES = `
Tries every connection the configuration names, and every metric name and label a Jaeger reader will ask for.

Examples:
  weir check --config weir.yaml
`;

const SCHEMA_EXAMPLES = `
Examples:
  weir schema | clickhouse-client --multiquery
  weir schema --cluster main                 Replicated and Distributed tables
`;

const isDebug = (process.env['WEIR_DEBUG'] ?? '') !== '';

function program(): Command {
  const weir = new Command('weir')
    .description(
      'Streaming analytics for distributed traces: spans in; RED metrics, dependencies and trace quality in ClickHouse and Prometheus out.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', ENVIRONMENT + EXIT_CODES);
  addEngine(weir);
  addTools(weir);
  return weir;
}

const CONFIG = new Option(
  '-c, --config <file>',
  'the configuration file (default: $WEIR_CONFIG, else weir.yaml where it exists)',
);

/** What folds spans. */
function addEngine(weir: Command): void {
  weir
    .command('start')
    .description('run the engine: sources, operators, sinks and the API')
    .addOption(CONFIG)
    .option('--demo', 'make spans of a demo shop')
    .option('--new-generation', 'count from here under a changed configuration; rows so far stay as they are')
    .addHelpText('after', START_EXAMPLES + EXIT_CODES)
    .action(async (flags: StartFlags) => finish((await import('./commands/start.ts')).start(flags)));

  weir
    .command('replay')
    .description('run the operators over files of spans and print the rows of the public views')
    .argument('<file...>', 'files of spans; - is standard input')
    .addOption(
      new Option('-e, --encoding <name>', 'encoding of the messages').choices(ENCODINGS).default('auto'),
    )
    .option('-j, --job <names>', 'jobs to run, parted by commas (default: all)')
    .addOption(new Option('-f, --format <name>', 'format of the result').choices(FORMATS).default('ndjson'))
    .option(
      '-t, --tenant <name>',
      'tenant of all spans (default: what tenants.attribute of the configuration says of each, else "default")',
    )
    .addOption(CONFIG)
    .addHelpText('after', REPLAY_EXAMPLES + EXIT_CODES)
    .action(async (files: readonly string[], flags: ReplayFlags) =>
      finish((await import('./commands/replay.ts')).replay(files, flags)),
    );
}

/** What looks at the configuration and the stores. */
function addTools(weir: Command): void {
  weir
    .command('report')
    .description('say what is wrong with the traces of a service, what to fix first, and where to see it')
    .argument('[service]', 'name of a service (default: all, ranked)')
    .option('--hours <number>', 'how far to look back; the trend is against as long before', '48')
    .addOption(
      new Option('-f, --format <name>', 'format of the report').choices(REPORT_FORMATS).default('table'),
    )
    .option('-t, --tenant <name>', 'tenant of the spans (default: the first of the configuration)')
    .option('--url <address>', 'a running Weir to ask (default: the one of the configuration)')
    .option('--jaeger-url <address>', 'a Jaeger UI to link traces in (default: report.jaegerUrl)')
    .addOption(CONFIG)
    .addHelpText('after', REPORT_EXAMPLES + EXIT_CODES)
    .action(async (service: string | undefined, flags: ReportFlags) =>
      finish((await import('./commands/report.ts')).report(service, flags)),
    );

  weir
    .command('schema')
    .description('print the DDL of the tables and views')
    .addOption(CONFIG)
    .option('--cluster <name>', 'DDL for a cluster: Replicated and Distributed tables')
    .addHelpText('after', SCHEMA_EXAMPLES + EXIT_CODES)
    .action(async (flags: SchemaFlags) => finish((await import('./commands/schema.ts')).schema(flags)));

  weir
    .command('check')
    .description('try every connection, and say what would leave the Monitor tab empty')
    .addOption(CONFIG)
    .addHelpText('after', CHECK_EXAMPLES + EXIT_CODES)
    .action(async (flags: ConfigFlags) => finish((await import('./commands/check.ts')).check(flags)));
}

/** What a command leaves open, such as a connection's timer, does not keep the process. */
async function finish(running: Promise<number>): Promise<void> {
  const code = await running;
  // Output to a pipe may still be on its way.
  process.stdout.write('', () => process.exit(code));
}

watchOutput();

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else if (isClosedPipe(error)) process.exit(EXIT.ok);
  else {
    process.stderr.write(`weir: ${describeError(error, isDebug)}\n`);
    process.exit(exitCodeOf(error));
  }
}
