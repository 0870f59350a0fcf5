/**
 * The demo shop's services, as their SDKs describe them. Some are instrumented badly on purpose (see DEFECTS), so that quality
 * checks have something to find.
 */
import type { Instance } from './span.ts';

/** What is wrong with the shop's instrumentation, by service. */
export const DEFECTS = {
  /** Its server spans are missing: callers call it, and only what it does inside is seen. */
  noServerSpans: 'recommendation',
  /** An SDK of 2022, with the attribute names of that time. */
  oldSdk: 'shipping',
  /** A product's id is part of the span's name. */
  idsInNames: 'catalog',
  /** The clock of one of its hosts is late. */
  skewedClock: 'inventory',
  /** Its resource names no version. */
  noVersion: 'email',
} as const;
/** How far the clock is off on the one host of `skewedClock`. */
export const SKEW_MS = -1_800;

type Language = 'nodejs' | 'go' | 'java' | 'python' | 'dotnet';

const SDK_VERSIONS: Readonly<Record<Language, string>> = {
  nodejs: '2.12.1',
  go: '1.42.0',
  java: '1.60.1',
  python: '1.40.0',
  dotnet: '1.15.0',
};
const OLD_SDK_VERSION = '1.9.1';
const SCOPES: Readonly<Record<Language, string>> = {
  nodejs: '@opentelemetry/instrumentation-http',
  go: 'go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc',
  java: 'io.opentelemetry.grpc-1.6',
  python: 'opentelemetry.instrumentation.requests',
  dotnet: 'Microsoft.AspNetCore',
};

/** Language, version and number of hosts. */
const SERVICES = {
  frontend: ['nodejs', '3.8.0', 2],
  checkout: ['go', '2.4.1', 1],
  cart: ['dotnet', '1.9.3', 1],
  catalog: ['go', '4.0.2', 2],
  inventory: ['java', '1.12.0', 2],
  payment: ['nodejs', '2.0.7', 1],
  shipping: ['python', '1.3.0', 1],
  recommendation: ['python', '0.9.4', 1],
  email: ['python', '1.1.2', 1],
  'fraud-detection': ['java', '1.6.0', 1],
  accounting: ['dotnet', '2.2.0', 1],
} as const satisfies Record<string, readonly [Language, string, number]>;
export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

/** Instances by service; never empty. */
export const INSTANCES = Object.fromEntries(
  SERVICE_NAMES.map((service) => {
    const [language, version, hosts] = SERVICES[service];
    return [
      service,
      Array.from({ length: hosts }, (_, host) => instance(service, { language, version, host })),
    ];
  }),
) as unknown as Readonly<Record<ServiceName, readonly [Instance, ...Instance[]]>>;

function instance(
  service: ServiceName,
  {
    language,
    version,
    host,
  }: { readonly language: Language; readonly version: string; readonly host: number },
): Instance {
  const hostName = `${service}-${host + 1}`;
  const sdkVersion = service === DEFECTS.oldSdk ? OLD_SDK_VERSION : SDK_VERSIONS[language];
  return {
    service,
    resource: {
      'service.name': service,
      'service.namespace': 'shop',
      ...(service === DEFECTS.noVersion ? {} : { 'service.version': version }),
      'service.instance.id': `${hostName}.shop.internal`,
      'deployment.environment.name': 'production',
      'host.name': hostName,
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.language': language,
      'telemetry.sdk.version': sdkVersion,
    },
    scope: { name: SCOPES[language], version: sdkVersion },
    clockOffsetUs: service === DEFECTS.skewedClock && host === 1 ? SKEW_MS * 1000 : 0,
  };
}
