/** CPU time of other processes, from /proc: where there is none, neither it nor their memory can be told. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export const NO_PROC = existsSync('/proc/self/stat') ? undefined : 'CPU time and memory are read from /proc';

/** /proc counts in these, whatever the kernel's own clock. */
const TICKS_PER_S = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** What a process and its descendants have used so far. */
export function cpuSeconds(pid: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(Number(name)) : []));
  const family = new Set([pid]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid)).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_S;
}

/** One entry; none where the process ended meanwhile. */
function statOf(pid: number): readonly ProcessStat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold blanks; what follows its last bracket may not.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [{ pid, parent: fields[1]!, ticks: fields[11]! + fields[12]! }];
  } catch {
    return [];
  }
}
