/** The columns of OTLP's spans: what is written there alike, whatever the encoding. */
import {
  COUNTS,
  DURATION_US,
  END_US,
  IDS,
  KIND,
  LINK_COUNT,
  LINKS,
  NAME,
  NAME_END,
  NAME_START,
  OVERSIZED,
  REVERSED,
  SPOTS_MAX,
  START_US,
  STATUS,
  TRACESTATE_COUNT,
  TRACESTATES,
} from '../layout.ts';
import { intern } from './text-table.ts';

let tracestates: u32 = 0;
let links: u32 = 0;

export function prepareSpots(): void {
  tracestates = links = 0;
}

export function publishSpots(): void {
  store<u32>(COUNTS + TRACESTATE_COUNT * 4, tracestates);
  store<u32>(COUNTS + LINK_COUNT * 4, links);
}

/** Notes where a row has a tracestate; false where there is no room. */
export function addTracestate(row: u32, start: usize, end: usize): bool {
  if (tracestates == SPOTS_MAX) return false;
  storeSpot(TRACESTATES + (tracestates++ << 4), row, start, end);
  return true;
}

/** Notes where a row has a link, or all of them; false where there is no room. */
export function addLink(row: u32, start: usize, end: usize): bool {
  if (links == SPOTS_MAX) return false;
  storeSpot(LINKS + (links++ << 4), row, start, end);
  return true;
}

function storeSpot(spot: usize, row: u32, start: usize, end: usize): void {
  store<u32>(spot, row);
  store<u32>(spot, <u32>start, 4);
  store<u32>(spot, <u32>end, 8);
}

export function clearRow(row: u32): void {
  v128.store(row << 5, i64x2.splat(0), IDS);
  v128.store(row << 5, i64x2.splat(0), IDS + 16);
  store<u8>(row, 0, KIND);
  store<u8>(row, 0, STATUS);
  store<u8>(row, 0, OVERSIZED);
}

export function setName(row: u32, start: usize, end: usize): void {
  store<u32>(row << 2, intern(start, end), NAME);
  store<u32>(row << 2, <u32>start, NAME_START);
  store<u32>(row << 2, <u32>end, NAME_END);
}

/** As SpanWriter.setTimes does, in the same steps: beyond the year 2255 doubles round, and must round alike. */
export function setTimes(row: u32, startNs: u64, endNs: u64): void {
  const column = row << 3;
  const high = <f64>(<u32>(startNs >> 32));
  const rest = high * 296 + <f64>(<u32>startNs);
  const thousands = Math.floor(rest / 1000);
  const ns = rest - thousands * 1000;
  const startUs = high * 4_294_967 + thousands;
  store<f64>(column, startUs, START_US);
  if (endNs <= startNs) {
    store<f64>(column, ns == 999 ? startUs + 1 : startUs, END_US);
    store<f64>(column, 0, DURATION_US);
    store<u8>(row, endNs != startNs ? 1 : 0, REVERSED);
    return;
  }
  const endHigh = <f64>(<u32>(endNs >> 32));
  const endRest = endHigh * 296 + <f64>(<u32>endNs);
  const endThousands = Math.floor(endRest / 1000);
  const endUs = endHigh * 4_294_967 + endThousands;
  store<f64>(column, endUs, END_US);
  // The condition is made a number: it holds for every other span, and a branch, foreseen wrongly, cost a fourteenth of the kernel's time.
  store<f64>(column, endUs - startUs - <f64>(<i32>(endRest - endThousands * 1000 < ns)), DURATION_US);
  store<u8>(row, 0, REVERSED);
}
