/** Resources of a message: which rows are of each, and where its bytes are. */
import { COUNTS, RESOURCE_COUNT, RESOURCES, RESOURCES_MAX } from '../layout.ts';
import { intern } from './text-table.ts';

let resources: u32 = 0;

export function prepareResources(): void {
  resources = 0;
}

export function publishResources(): void {
  store<u32>(COUNTS + RESOURCE_COUNT * 4, resources);
}

/** Adds the resource `[start, end)` of the rows from `firstRow` on; 0, 0 where there is none. False where there is no room. */
export function addResource(firstRow: u32, start: usize, end: usize): bool {
  if (resources == RESOURCES_MAX) return false;
  const record = RESOURCES + (resources++ << 4);
  store<u32>(record, firstRow);
  store<u32>(record, intern(start, end), 4);
  store<u32>(record, <u32>start, 8);
  store<u32>(record, <u32>end, 12);
  return true;
}
