/** A trace has one root. */
import { type Check, FAILED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'single_root',
  title: 'Traces have one root',
  category: 'completeness',
  weight: 2,
  judges:
    'A span without a parent. A SERVER span that shares its id with the CLIENT span calling it has one.',
  passes: 'No other root of its trace is in the neighbourhood.',
  exempts: 'None.',
  credits: 'The service of each root.',
  why: 'Where a trace has several roots, a service started anew inside it: durations and paths are those of its parts, and the whole request is nowhere.',
  fix: 'Find the root that should not be one, and give it its parent: pass the context to the thread, task or callback that starts it.',
  attributes: [],
  open: () => ({ amongRoots: (others) => (others === 0 ? PASSED : FAILED) }),
};
export default check;
