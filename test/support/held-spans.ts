/** Spans of a text in a neighbourhood of their own: for what looks at spans already there. */
import { Neighbourhood, type Settle } from '../../operators/neighbourhood.ts';
import type { Place } from '../../operators/span-ring.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import { BASE_MS, bytesOf, plainCodec } from './plain-span.ts';
import { spans } from './trace-text.ts';

export interface HeldSpans {
  readonly neighbourhood: Neighbourhood;
  /** The place of a line of the text, from 1 on. */
  readonly placeOf: (line: number) => Place;
}

/** Reads the spans of a text (see trace-text.ts); `opened` gives what settles each. */
export function heldSpans(text: string, opened?: (neighbourhood: Neighbourhood) => Settle): HeldSpans {
  const given = spans(text);
  const rules = { windowMs: 60_000, aheadMsMax: 1e9, lateMsMax: 1e9 };
  const neighbourhood = new Neighbourhood({ spansMax: 1000, slotMessages: 1000, ...rules }, true, 7);
  const writer = new SpanWriter({ keys: new AttributeKeys([]), hasLinks: true });
  writer.begin(0, BASE_MS, 'default');
  plainCodec([{ recordMs: BASE_MS, spans: given }]).decode(bytesOf(0), writer);
  neighbourhood.walk(writer, opened?.(neighbourhood));
  return { neighbourhood, placeOf: (line) => line - 1 };
}
