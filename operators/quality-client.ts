/** Which client library made a span: OpenTelemetry's SDKs and Jaeger's clients say so in the resource. */
import type { SpanView } from './quality-span.ts';

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

/** Reads clients; what it says of one combination of attributes it remembers, as long as their dictionary ids are good. */
export class ClientReader {
  readonly #columns: readonly number[];
  #ids = [-1, -1, -1, -1];
  #epoch = -1;
  #client: Client | undefined;
  /** Rises whenever another client than that of the span before is read. */
  changes = 0;

  constructor(column: (key: string) => number) {
    this.#columns = CLIENT_ATTRIBUTES.map(column);
  }

  /** Undefined where the span does not tell. */
  clientOf(span: SpanView): Client | undefined {
    const [language, name, version, jaeger] = this.#columns as [number, number, number, number];
    const [ofLanguage, ofName, ofVersion, ofJaeger] = this.#ids;
    const { dictionary } = span.batch;
    const isKnown =
      this.#epoch === dictionary.epoch &&
      ofVersion === span.resourceAttribute(version) &&
      ofLanguage === span.resourceAttribute(language) &&
      ofName === span.resourceAttribute(name) &&
      ofJaeger === span.resourceAttribute(jaeger);
    if (isKnown) return this.#client;
    this.#epoch = dictionary.epoch;
    this.#ids = this.#columns.map((column) => span.resourceAttribute(column));
    const [languageText, nameText, versionText, jaegerText] = this.#ids.map((id) => dictionary.text(id));
    this.changes++;
    return (this.#client =
      versionText === ''
        ? jaegerClient(jaegerText!)
        : { language: languageText!.toLowerCase(), sdk: nameText!, version: versionText! });
  }
}

function jaegerClient(text: string): Client | undefined {
  const [, language, version] = /^([A-Za-z+#]+)-(.+)$/.exec(text) ?? [];
  return version === undefined ? undefined : { language: language!.toLowerCase(), sdk: 'jaeger', version };
}
