/** Rules between keys of the configuration, and between the entries of a list: what each value allows by itself and all together do not. */
import type { z } from 'zod';
import type { engine, jobs, tenants } from './engine-sections.ts';
import type { dependencies, red } from './job-sections.ts';
import { Secret } from './secret.ts';
import {
  type clickhouse,
  type http,
  isLoopback,
  type kafka,
  type otlpHttp,
  stubTopicOf,
} from './sections.ts';

const DAY_MS = 86_400_000;

/** What the rules look at. */
interface Sections {
  readonly kafka: z.output<typeof kafka>;
  readonly otlpHttp: z.output<typeof otlpHttp>;
  readonly clickhouse: z.output<typeof clickhouse>;
  readonly http: z.output<typeof http>;
  readonly tenants: z.output<typeof tenants>;
  readonly jobs: z.output<typeof jobs>;
  readonly red: z.output<typeof red>;
  readonly dependencies: z.output<typeof dependencies>;
  readonly engine: z.output<typeof engine>;
}

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Rules between keys. */
export function contradictions(config: Sections): readonly Contradiction[] {
  return [
    ...kafkaContradictions(config),
    ...deadLetterContradictions(config),
    ...listenerContradictions(config),
    ...bufferContradictions(config),
    ...dependenciesContradictions(config),
    ...windowContradictions(config),
    ...repeats(config),
  ];
}

function dependenciesContradictions({
  clickhouse: store,
  dependencies: { jaeger },
  tenants: { names },
}: Sections): Contradiction[] {
  const path = ['dependencies', 'jaeger'];
  if (jaeger.database === undefined) return [];
  if (jaeger.database === store.database)
    return [{ path: [...path, 'database'], message: 'the same as clickhouse.database; name that of Jaeger' }];
  // What names no listed tenant counts as `default`.
  if (!names.includes(jaeger.tenant) && jaeger.tenant !== 'default')
    return [{ path: [...path, 'tenant'], message: `add "${jaeger.tenant}" to tenants.names` }];
  return [];
}

function kafkaContradictions({
  kafka: { topics, tls, sasl, insecure },
  tenants: { names },
}: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  for (const [index, topic] of topics.entries()) {
    if (topics.findIndex((other) => other.name === topic.name) !== index)
      found.push({
        path: ['kafka', 'topics', index, 'name'],
        message: `topic "${topic.name}" is listed twice; keep one`,
      });
    if (topic.tenant !== undefined && !names.includes(topic.tenant))
      found.push({
        path: ['kafka', 'topics', index, 'tenant'],
        message: `add "${topic.tenant}" to tenants.names`,
      });
    if ((topic.partitions === undefined) !== (topics[0]?.partitions === undefined))
      found.push({
        path: ['kafka', 'topics', index],
        message: 'give `partitions` for every topic or for none',
      });
    if (topic.rekey && topic.partitions !== undefined && topic.stubPartitions !== undefined)
      found.push({
        path: ['kafka', 'topics', index, 'stubPartitions'],
        message:
          'leave it out: with `partitions` given, stubs are read from the partitions of the same numbers',
      });
    const stubTopic = stubTopicOf(topic);
    const isTaken = topics.some(
      (other, at) => other.name === stubTopic || (at < index && stubTopicOf(other) === stubTopic),
    );
    if (stubTopic !== undefined && isTaken)
      found.push({
        path: ['kafka', 'topics', index, 'stubTopic'],
        message: `topic "${stubTopic}" is used already; each re-keyed topic needs one of its own`,
      });
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    found.push({ path: ['kafka', 'tls'], message: 'give certFile and keyFile together' });
  if (sasl !== undefined && sasl.password === undefined)
    found.push({ path: ['kafka', 'sasl'], message: 'give password or passwordFile' });
  if (sasl?.mechanism === 'plain' && !tls.enabled && !insecure)
    found.push({
      path: ['kafka', 'sasl', 'mechanism'],
      message:
        'plain sends the password in the clear; set kafka.tls.enabled: true, or kafka.insecure: true to accept that',
    });
  return found;
}

/** A dead letter that is read again is one again. */
function deadLetterContradictions({ kafka: { topics, deadLetterTopic } }: Sections): Contradiction[] {
  const read = topics.flatMap((topic) => [topic.name, stubTopicOf(topic)]);
  if (!read.includes(deadLetterTopic)) return [];
  const message = `topic "${deadLetterTopic}" is read too, so that its dead letters would become messages again without end; name a topic that nobody reads spans from`;
  return [{ path: ['kafka', 'deadLetterTopic'], message }];
}

/** What a header carries as it is. */
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function listenerContradictions({ http: api, otlpHttp: receiver }: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  if (!isLoopback(api.host) && api.token === undefined && !api.allowUnauthenticated)
    found.push({
      path: ['http', 'host'],
      message: 'not a loopback address; set http.token or http.tokenFile, or http.allowUnauthenticated: true',
    });
  // Where another key is wrong it may still be what was written.
  if (api.token instanceof Secret && !HEADER_TEXT.test(api.token.reveal()))
    found.push({
      path: ['http', 'token'],
      message: 'no header can carry it: keep to ASCII, without a blank at either end',
    });
  if (receiver.enabled && !isLoopback(receiver.host) && !receiver.allowUnauthenticated)
    found.push({
      path: ['otlpHttp', 'host'],
      message: 'not a loopback address; set otlpHttp.allowUnauthenticated: true, or otlpHttp.enabled: false',
    });
  if (
    receiver.enabled &&
    receiver.port !== 0 &&
    receiver.port === api.port &&
    overlap(receiver.host, api.host)
  )
    found.push({
      path: ['otlpHttp', 'port'],
      message: `the same as http.port; give one of them another, or 0 for a free one`,
    });
  return found;
}

/** Whether a port of the one host may be a port of the other. */
function overlap(one: string, other: string): boolean {
  const hosts = [one, other];
  return (
    one === other ||
    hosts.some((host) => host === '0.0.0.0' || host === '::') ||
    (hosts.includes('localhost') && hosts.every(isLoopback))
  );
}

/** A row is kept for so long after its window's start. */
function windowContradictions({ clickhouse: { ttlDays }, engine: { windowMs } }: Sections): Contradiction[] {
  if (ttlDays === 0 || windowMs <= ttlDays * DAY_MS) return [];
  const message = `longer than the ${ttlDays} days that rows are kept; shorten it (at most ${ttlDays * DAY_MS}), or raise clickhouse.ttlDays`;
  return [{ path: ['engine', 'windowMs'], message }];
}

/** What is named once is there; named twice it is a slip, and one of the two was meant to be another. */
function repeats({
  jobs,
  kafka: { topics },
  red: { dimensions },
  tenants: { names },
}: Sections): Contradiction[] {
  const lists = [
    { path: ['jobs'], list: jobs },
    { path: ['tenants', 'names'], list: names },
    { path: ['red', 'dimensions'], list: dimensions },
    ...topics.map(({ partitions = [] }, index) => ({
      path: ['kafka', 'topics', index, 'partitions'],
      list: partitions,
    })),
  ];
  return lists.flatMap(({ path, list }) =>
    list.flatMap((name: string | number, index) =>
      list.findIndex((other) => other === name) === index
        ? []
        : [{ path: [...path, index], message: `"${name}" is listed twice; keep one` }],
    ),
  );
}

/** A request that would never fit would be sent again for ever. */
function bufferContradictions({ otlpHttp: receiver, tenants: { names } }: Sections): Contradiction[] {
  const { requestBytesMax, bufferBytesMax, tenantShare } = receiver;
  const share = names.length > 1 ? tenantShare : 1;
  // A compressed request is held as sent and as it is inflated.
  if (!receiver.enabled || 2 * requestBytesMax <= share * bufferBytesMax) return [];
  const part = names.length > 1 ? 'the tenantShare of bufferBytesMax' : 'bufferBytesMax';
  return [{ path: ['otlpHttp', 'requestBytesMax'], message: `must fit twice into ${part}` }];
}
