/** Traces through a few services, whole and without shared ids: whoever sees all of their spans, in any order, sees the same. */
import type { AbstractSpan } from './encoders.ts';

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const SERVICES = ['web', 'cart', 'pay', 'stock', 'mail'];

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
  return Array.from({ length: options.traces }, (_, trace) => traceOf(options, trace, random)).flat();
}

function traceOf(options: TracesOptions, trace: number, random: (below: number) => number): AbstractSpan[] {
  const { seed, spansPerTrace, startMs, spreadMs } = options;
  const traceId = hex(seed * 1_000_003 + trace + 1, 16) + hex(random(2 ** 31), 16);
  const startUs = (startMs + random(spreadMs)) * 1000;
  const spans: AbstractSpan[] = [];
  for (let at = 0; at < spansPerTrace; at++) {
    const parent = spans[random(at)];
    const kind = parent === undefined ? SERVER : kindUnder(parent, random);
    const service = parent === undefined ? 'web' : serviceUnder(parent, kind, random);
    const isQuery = kind === CLIENT && random(4) === 0;
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
      tracestate: undefined,
      attributes: isQuery ? { 'db.system': 'postgresql', 'db.name': `${service}_db` } : {},
    });
  }
  return spans;
}

function kindUnder({ kind }: AbstractSpan, random: (below: number) => number): number {
  if (kind === CLIENT) return SERVER;
  return [CLIENT, CLIENT, INTERNAL][random(3)]!;
}

/** Only a server may be another's. */
function serviceUnder({ service }: AbstractSpan, kind: number, random: (below: number) => number): string {
  return kind === SERVER ? SERVICES[random(SERVICES.length)]! : service!;
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
