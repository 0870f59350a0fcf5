/**
 * OTLP/JSON: one ExportTraceServiceRequest a message, by the kernel where it can, by the plain reader where the kernel cannot, or is not
 * there. Both write the same rows.
 */
import { decodeJsonByKernel } from '../kernel/otlp-json.ts';
import type { Codec } from './codec.ts';
import { decodeJsonTraces } from './wire/otlp-json-traces.ts';

const codec: Codec = {
  decode(message, into) {
    if (!decodeJsonByKernel(message, into)) decodeJsonTraces(message, into);
  },
};
export default codec;
