/** Whether a folder can be written, or made where it is missing: tried, since neither a folder's rights nor its owner tell what its file system permits. */
import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** A begun format file's name, which a data directory may hold: one that is opened meanwhile is not taken for a stranger's. */
const PROBE = 'weir-format.json.check-';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Why a folder cannot be written, or made where it is missing; undefined where it can. Leaves nothing behind. */
export async function obstacleAt(folder: string): Promise<string | undefined> {
  let place = resolve(folder);
  for (;;)
    try {
      if (!(await stat(place)).isDirectory()) return `cannot be a folder: ${place} is a file`;
      break;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOTDIR') return 'cannot be a folder: a file stands above it';
      if (code !== 'ENOENT' || dirname(place) === place) return `cannot be seen (${code})`;
      place = dirname(place);
    }
  try {
    await rmdir(await mkdtemp(join(place, PROBE)));
    return undefined;
  } catch (error) {
    // A full disk is no matter of the folder, and is cured by what is done to it.
    if (FULL.has(codeOf(error))) return undefined;
    const what = place === resolve(folder) ? 'written' : `made in ${place}`;
    return `cannot be ${what} (${codeOf(error)})${await ownerText(place)}`;
  }
}

async function ownerText(place: string): Promise<string> {
  const { uid } = await stat(place);
  const own = process.geteuid?.();
  return own === undefined || own === uid
    ? ''
    : `: ${place} belongs to user ${uid}, and Weir runs as user ${own}`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
