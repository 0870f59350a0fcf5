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
  /** Dictionary ids of what the last span's resource said, by CLIENT_ATTRIBUTES. */
  readonly ids = new Int32Array(CLIENT_ATTRIBUTES.length).fill(-1);
  #epoch = -1;
  #client: Client | undefined;

  constructor(column: (key: string) => number) {
    this.#columns = CLIENT_ATTRIBUTES.map(column);
  }

  /** Undefined where the span does not tell. */
  clientOf(span: SpanView): Client | undefined {
    const columns = this.#columns;
    const { ids } = this;
    const { dictionary } = span.batch;
    let isKnown = dictionary.epoch === this.#epoch;
    for (let at = 0; at < columns.length; at++) {
      const id = span.resourceAttribute(columns[at]!);
      if (id === ids[at]) continue;
      ids[at] = id;
      isKnown = false;
    }
    if (isKnown) return this.#client;
    this.#epoch = dictionary.epoch;
    const [language, sdk, version, jaeger] = Array.from(ids, (id) => dictionary.text(id)) as Texts;
    return (this.#client =
      version === '' ? jaegerClient(jaeger) : { language: language.toLowerCase(), sdk, version });
  }
}

type Texts = [language: string, sdk: string, version: string, jaeger: string];

function jaegerClient(text: string): Client | undefined {
  const [, language, version] = /^([A-Za-z+#]+)-(.+)$/.exec(text) ?? [];
  return version === undefined ? undefined : { language: language!.toLowerCase(), sdk: 'jaeger', version };
}
