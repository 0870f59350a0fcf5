/**
 * OTLP's TracesData (or ExportTraceServiceRequest, which is the same bytes): by the kernel where it can, by the plain reader where the
 * kernel cannot, or is not there. Both write the same rows.
 */
import { decodeByKernel } from '../kernel/otlp.ts';
import type { Codec } from './codec.ts';
import { decodeTraces } from './wire/otlp-traces.ts';

const codec: Codec = {
  decode(message, into) {
    if (!decodeByKernel(message, into)) decodeTraces(message, into);
  },
};
export default codec;
