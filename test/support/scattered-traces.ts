/**
 * Traces through a few services, whole and without shared ids: whoever sees all of their spans, in any order, sees the same. Every other one begins
 * with a consumer that links to the producers of the trace before. Some spans name a peer or a database, some stand for two, some services name their client library.
 */
import type { AbstractSpan } from './encoders.ts';

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const SERVICES = ['web', 'cart', 'pay', 'stock', 'mail'];
/** What a client names: nothing, mostly. */
const NAMED: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  { 'db.system': 'postgresql', 'db.name': 'carts' },
  { 'peer.service': 'stock' },
  { 'http.request.method': 'GET', 'url.full': 'http://bank/' },
];
const SDK = { 'telemetry.sdk.language': 'go', 'telemetry.sdk.name': 'opentelemetry' };
const RESOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  web: { ...SDK, 'telemetry.sdk.version': '1.30.0', 'service.version': '7', 'service.instance.id': 'a' },
  cart: { ...SDK, 'telemetry.sdk.version': '1.2.0', 'deployment.environment.name': 'test' },
  pay: { ...SDK, 'telemetry.sdk.version': '1.30.0' },
};

export interface TracesOptions {
  readonly seed: number;
  readonly traces: number;
  readonly spansPerTrace: number;
  readonly startMs: number;
  readonly spreadMs: number;
}

/** Trace by trace, parents before children. */
export function scatteredTraces(options: TracesOptions): AbstractSpan[] {
  const random = randomFrom(options.seed);
  const traces: AbstractSpan[][] = [];
  for (let trace = 0; trace < options.traces; trace++) {
    const isLinked = trace % 2 === 1;
    const producers = isLinked ? traces[trace - 1]!.filter(({ kind }) => kind === PRODUCER) : undefined;
    traces.push(traceOf(options, trace, producers, random));
  }
  return traces.flat();
}

function traceOf(
  options: TracesOptions,
  trace: number,
  producers: readonly AbstractSpan[] | undefined,
  random: (below: number) => number,
): AbstractSpan[] {
  const { seed, spansPerTrace, startMs, spreadMs } = options;
  const traceId = hex(seed * 1_000_003 + trace + 1, 16) + hex(random(2 ** 31), 16);
  const startUs = (startMs + random(spreadMs)) * 1000;
  const spans: AbstractSpan[] = [];
  for (let at = 0; at < spansPerTrace; at++) {
    const parent = spans[random(at)];
    const rootKind = producers === undefined ? SERVER : CONSUMER;
    const kind = parent === undefined ? rootKind : kindUnder(parent, random);
    const service = parent === undefined ? 'web' : serviceUnder(parent, kind, random);
    const named = kind === CLIENT ? NAMED[random(NAMED.length)]! : {};
    spans.push({
      traceId,
      spanId: hex(seed * 1_000_003 + trace * 1000 + at + 1, 16),
      parentId: parent?.spanId ?? '',
      service,
      name: `${service} ${random(3)}`,
      kind,
      status: random(8) === 0 ? 2 : 0,
      startUs: startUs + at * 10,
      durationUs: 1 + random(500_000),
      tracestate: random(10) === 0 ? 'ot=th:8' : undefined,
      attributes: named,
      resource: RESOURCES[service] ?? {},
      ...(parent === undefined && producers !== undefined ? { links: producers.map(linkTo) } : {}),
    });
  }
  return spans;
}

function kindUnder({ kind }: AbstractSpan, random: (below: number) => number): number {
  if (kind === CLIENT) return SERVER;
  if (kind === PRODUCER) return CONSUMER;
  return [CLIENT, CLIENT, INTERNAL, PRODUCER][random(4)]!;
}

function linkTo({ traceId, spanId }: AbstractSpan): { traceId: string; spanId: string } {
  return { traceId, spanId };
}

/** Only what is called may be another's. */
function serviceUnder({ service }: AbstractSpan, kind: number, random: (below: number) => number): string {
  return kind === SERVER || kind === CONSUMER ? SERVICES[random(SERVICES.length)]! : service!;
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return below === 0 ? 0 : Math.floor((state / 2 ** 32) * below);
  };
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
