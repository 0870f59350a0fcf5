/** One directory per test run, for what its test files share (`sharedKafka`). Nothing starts here; what was started by anyone ends here. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_DIRECTORY_VARIABLE } from './kafka.ts';

export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'weir-test-run-'));
  process.env[RUN_DIRECTORY_VARIABLE] = directory;
  return () => {
    for (const name of readdirSync(directory)) {
      if (!name.endsWith('.json')) continue;
      const { pid } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { pid: number };
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    rmSync(directory, { recursive: true, force: true });
  };
}
