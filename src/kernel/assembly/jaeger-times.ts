/** Start and duration of a span of jaeger.api_v2: a Timestamp and a Duration, into the columns of time. */
import { DURATION_US, END_US, REVERSED, START_US } from '../layout.ts';
import { MORE, shortVarintBytes, skip, tagEnd } from './wire.ts';

/** Of a Timestamp and a Duration. */
const SECONDS: u32 = 0x08;
const NANOSECONDS: u32 = 0x10;
/** Their bounds, as in src/codecs/jaeger-rules.ts. */
const SECONDS_MIN: f64 = -62_135_596_800;
const SECONDS_MAX: f64 = 253_402_300_800;
const DURATION_SECONDS_MAX: f64 = 315_576_000_000;
const SECOND_NS: i32 = 1_000_000_000;

/** The varint read last. */
let wide: u64 = 0;
/** What is being read. */
let seconds: f64 = 0;
let nanos: i32 = 0;
let startS: f64 = 0;
let startNs: i32 = 0;
let durationS: f64 = 0;
let durationNs: i32 = 0;

export function clearTimes(): void {
  startS = durationS = 0;
  startNs = durationNs = 0;
}

/** Reads a Timestamp, merged with what was read of it before. */
export function readStart(at: usize, end: usize): bool {
  seconds = startS;
  nanos = startNs;
  if (!readSeconds(at, end)) return false;
  startS = seconds;
  startNs = nanos;
  return true;
}

/** The same of a Duration. */
export function readDuration(at: usize, end: usize): bool {
  seconds = durationS;
  nanos = durationNs;
  if (!readSeconds(at, end)) return false;
  durationS = seconds;
  durationNs = nanos;
  return true;
}

/** The columns of time, as SpanWriter.setTimesInSeconds sets them; false where these are no times. */
export function settleTimes(row: u32): bool {
  if (!areTimes()) return false;
  const isPositive = durationS > 0 || (durationS == 0 && durationNs > 0);
  let endS = startS;
  let endNs = startNs + 1;
  let durationUs: f64 = 0;
  if (isPositive) {
    endS += durationS;
    endNs = startNs + durationNs;
    durationUs = durationS * 1e6 + <f64>(durationNs / 1000);
  }
  if (endNs >= SECOND_NS) {
    endS += 1;
    endNs -= SECOND_NS;
  }
  store<f64>(row << 3, max<f64>(0, startS * 1e6 + <f64>(startNs / 1000)), START_US);
  store<f64>(row << 3, max<f64>(0, endS * 1e6 + <f64>(endNs / 1000)), END_US);
  store<f64>(row << 3, durationUs, DURATION_US);
  store<u8>(row, <u8>(durationS < 0 || durationNs < 0), REVERSED);
  return true;
}

/** checkTimestamp and checkDuration of src/codecs/jaeger-rules.ts. */
function areTimes(): bool {
  if (startS < SECONDS_MIN || startS >= SECONDS_MAX || startNs < 0 || startNs >= SECOND_NS) return false;
  if (abs(durationS) > DURATION_SECONDS_MAX || durationNs <= -SECOND_NS || durationNs >= SECOND_NS)
    return false;
  return durationS * <f64>durationNs >= 0;
}

function readSeconds(at: usize, end: usize): bool {
  while (at < end) {
    const field: u32 = load<u8>(at);
    if (field == SECONDS || field == NANOSECONDS) {
      at = wideEnd(at + 1, end);
      if (field == SECONDS) seconds = <f64>(<i64>wide);
      else nanos = <i32>wide;
    } else {
      at = tagEnd(at, end);
      if (at != 0) at = skip(at, end);
    }
    if (at == 0) return false;
  }
  return true;
}

/** Reads a varint of 64 bits. */
function wideEnd(at: usize, end: usize): usize {
  const word = load<u64>(at);
  const stops = ~word & MORE;
  if (stops != 0) {
    // Seven bits of each byte up to the last, moved together by twos, fours and eights.
    wide = word & (stops ^ (stops - 1)) & ~MORE;
    wide = (wide & 0x007f007f007f007f) | ((wide & 0x7f007f007f007f00) >> 1);
    wide = (wide & 0x00003fff00003fff) | ((wide & 0x3fff00003fff0000) >> 2);
    wide = (wide & 0x000000000fffffff) | ((wide & 0x0fffffff00000000) >> 4);
    at += shortVarintBytes(at);
    return at <= end ? at : 0;
  }
  wide = 0;
  for (let shift: u64 = 0; shift < 70 && at < end; shift += 7) {
    const byte: u64 = load<u8>(at++);
    wide |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at;
  }
  return 0;
}
