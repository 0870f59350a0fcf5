/** docker-compose.yml, judged without Docker: what it names exists and is valid, and what depends on something waits until that is healthy. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/load.ts';

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const compose = read('docker-compose.yml') as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);

function read(path: string): unknown {
  return parse(readFileSync(path, 'utf8'), { merge: true }) as unknown;
}

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe('docker-compose.yml', () => {
  it('has Kafka, ClickHouse, both Jaegers, Prometheus and Weir', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'clickhouse',
      'jaeger-collector',
      'jaeger-query',
      'kafka',
      'prometheus',
      'weir',
    ]);
  });

  it.each(services)('pins the image of %s', (_name, { image }) => {
    expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+(\.\d+)?$/);
  });

  it.each(services)('knows when %s is healthy', (_name, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  it.each(services)('has %s wait until what it needs is healthy', (_name, { depends_on: needed = {} }) => {
    for (const [name, { condition }] of Object.entries(needed)) {
      expect(compose.services).toHaveProperty([name]);
      expect(condition).toBe('service_healthy');
    }
  });

  it.each(services)(
    'has %s in the one network, its ports on loopback alone',
    (_name, { networks, ports = [] }) => {
      expect(Array.isArray(networks) ? networks : Object.keys(networks)).toEqual(['weir']);
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    },
  );

  it.each(services)('mounts into %s only what exists', (_name, { volumes = [] }) => {
    for (const volume of volumes) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('./')) expect(existsSync(from), from).toBe(true);
      else expect(compose.volumes).toHaveProperty([from]);
    }
  });

  it('has no two services on one port of the host', () => {
    const ports = services.flatMap(([, { ports: own = [] }]) => own.map((port) => port.split(':')[1]));
    expect(new Set(ports).size).toBe(ports.length);
  });
});

describe('its Weir', () => {
  it('starts with a configuration that our loader takes', async () => {
    const { command = [], environment = {}, volumes = [] } = service('weir');
    expect(command.slice(0, 2)).toEqual(['start', '--config']);
    const mounted = volumes.map((volume) => volume.split(':')).find(([, inside]) => inside === command[2]);
    const { config, warnings } = await loadConfig({ file: mounted?.[0], environment });
    expect(warnings).toEqual([]);
    expect(config.kafka.brokers).toEqual(['kafka:9092']);
    expect(config.clickhouse.url).toBe('http://clickhouse:8123');
    expect(config.clickhouse.password?.reveal()).toBe(
      service('clickhouse').environment?.['CLICKHOUSE_PASSWORD'],
    );
    expect(config.clickhouse.username).toBe(service('clickhouse').environment?.['CLICKHOUSE_USER']);
  });

  it('is built from the Dockerfile, whose every source exists', () => {
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) =>
      list!.split(' '),
    );
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
    const unignored = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .map((line) => line.replace('!', ''));
    expect(sources.filter((path) => !unignored.includes(path))).toEqual([]);
    expect(
      dockerfile.match(/^FROM \S+/gm)?.every((from) => /^FROM node:20\.\d+\.\d+-bookworm-slim$/.test(from)),
    ).toBe(true);
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

describe('its Jaegers', () => {
  const collector = read('docker/jaeger-collector.yaml') as {
    readonly exporters: {
      readonly kafka: { readonly traces: { readonly topic: string; readonly encoding: string } };
    };
  };
  const query = read('docker/jaeger-query.yaml') as {
    readonly receivers: {
      readonly kafka: { readonly traces: { readonly topics: readonly string[]; readonly encoding: string } };
    };
    readonly extensions: {
      readonly jaeger_query: { readonly storage: Readonly<Record<'traces' | 'metrics', string>> };
      readonly jaeger_storage: {
        readonly backends: Readonly<Record<string, unknown>>;
        readonly metric_backends: Readonly<
          Record<string, { readonly prometheus: Readonly<Record<string, unknown>> }>
        >;
      };
    };
  };

  it('write and read the topic that Weir reads, in the encoding it expects', async () => {
    const { config } = await loadConfig({ file: 'docker/weir.yaml', environment: {} });
    const { topic, encoding } = collector.exporters.kafka.traces;
    expect(config.kafka.topics).toMatchObject([{ name: topic, encoding }]);
    expect(query.receivers.kafka.traces).toEqual({ topics: [topic], encoding });
  });

  it('ask Prometheus for the names that Weir exposes', async () => {
    const { jaeger_query: asked, jaeger_storage: stores } = query.extensions;
    expect(stores.backends).toHaveProperty([asked.storage.traces]);
    expect(stores.metric_backends[asked.storage.metrics]?.prometheus).toEqual({
      endpoint: 'http://prometheus:9090',
      normalize_calls: true,
      normalize_duration: true,
    });
    expect((await loadConfig({ file: 'docker/weir.yaml', environment: {} })).config.prometheus.naming).toBe(
      'normalized',
    );
  });
});

describe('its Prometheus', () => {
  it('scrapes Weir', () => {
    const { scrape_configs: jobs } = read('docker/prometheus.yml') as {
      readonly scrape_configs: readonly {
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    expect(jobs.flatMap(({ static_configs: parts }) => parts.flatMap(({ targets }) => targets))).toEqual([
      'weir:8889',
    ]);
  });

  const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
  it.skipIf(!hasPromtool && process.env['WEIR_NO_SKIP'] !== '1')(
    'has a valid configuration (apt-get install prometheus)',
    () => {
      expect(
        execFileSync('promtool', ['check', 'config', 'docker/prometheus.yml'], { encoding: 'utf8' }),
      ).toContain('SUCCESS');
    },
  );
});
