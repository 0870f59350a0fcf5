/** Which client library made a span: OpenTelemetry's SDKs and Jaeger's clients say so in the resource. */

export interface Client {
  /** `nodejs`, `go`, ...: as the library spells it, in lower case. */
  readonly language: string;
  /** `opentelemetry`, a distribution's own name, or `jaeger`. */
  readonly sdk: string;
  readonly version: string;
}

const LANGUAGE = 'telemetry.sdk.language';
const NAME = 'telemetry.sdk.name';
const VERSION = 'telemetry.sdk.version';
/** Of Jaeger's clients: `Go-2.30.0`. */
const JAEGER = 'jaeger.version';

export const CLIENT_ATTRIBUTES: readonly string[] = [LANGUAGE, NAME, VERSION, JAEGER];

/** The client by what the resource says, in the order of CLIENT_ATTRIBUTES; undefined where that does not tell. */
export function clientOf(texts: readonly string[]): Client | undefined {
  const [language, sdk, version, jaeger] = texts as [string, string, string, string];
  return version === '' ? jaegerClient(jaeger) : { language: language.toLowerCase(), sdk, version };
}

function jaegerClient(text: string): Client | undefined {
  const [, language, version] = /^([A-Za-z+#]+)-(.+)$/.exec(text) ?? [];
  return version === undefined ? undefined : { language: language!.toLowerCase(), sdk: 'jaeger', version };
}
