/** What a SpanWriter is to keep of the spans it is given. */
import type { AttributeKeys } from './attribute-keys.ts';

export interface WriterOptions {
  readonly keys: AttributeKeys;
  /** Every tenant there is. */
  readonly tenants?: readonly string[];
  /** Resource attribute that names the tenant where a message does not, and how its value becomes one. */
  readonly tenantAttribute?: { readonly key: string; readonly tenantOf: (value: string) => string };
  /** Take a root span's weight from Jaeger's `sampler.param` tag. */
  readonly weightFromSamplerParam?: boolean;
  /** Read the links of spans. */
  readonly hasLinks?: boolean;
  /** Distinct texts the dictionary may always hold. Default 262,144. */
  readonly dictionaryTextsMin?: number;
}
