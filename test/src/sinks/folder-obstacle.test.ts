import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { obstacleAt } from '../../../src/sinks/folder-obstacle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-obstacle-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a folder for data may be missing, and neither be nor stand below a file', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(await obstacleAt(folder)).toBeUndefined();
  expect(await obstacleAt(join(folder, 'new/er'))).toBeUndefined();
  expect(await obstacleAt(join(folder, 'file'))).toMatch(/is a file/);
  expect(await obstacleAt(join(folder, 'file/new'))).toMatch(/a file stands above it/);
  expect(await readdir(folder)).toEqual(['file']);
});

it('a file system that takes no folder is seen, whatever its rights say', async () => {
  expect(await obstacleAt('/proc')).toMatch(/^cannot be written \(E/);
  expect(await obstacleAt('/proc/weir/data')).toMatch(/^cannot be made in \/proc \(E/);
});

/** Root may write anywhere, and may be another user. */
it("a folder of another user's is named with its owner", async (context) => {
  if (process.geteuid?.() !== 0) context.skip('only root can be two users');
  const closed = join(folder, 'closed');
  await mkdir(closed);
  await chmod(folder, 0o755);
  process.seteuid!(65_534);
  try {
    expect(await obstacleAt(closed)).toBe(
      `cannot be written (EACCES): ${closed} belongs to user 0, and Weir runs as user 65534`,
    );
    expect(await obstacleAt(join(closed, 'data'))).toBe(
      `cannot be made in ${closed} (EACCES): ${closed} belongs to user 0, and Weir runs as user 65534`,
    );
  } finally {
    process.seteuid!(0);
  }
});
