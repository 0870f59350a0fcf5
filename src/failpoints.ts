/**
 * Places where tests end the process at once, as a power cut would: `WEIR_FAILPOINTS=flush.taken@3` kills it when it comes by there for the third
 * time; several are parted by commas. Without the variable a failpoint is a call of an empty function.
 */
import { ConfigError } from './config/config-error.ts';

/** Each name, and how far things have come there. */
export const FAILPOINTS = {
  'schema.statement': 'Tables and views are being made; a statement follows.',
  'claim.planned': 'It is known where a partition goes on; nothing is written.',
  'claim.placed': "The generation's first progress is durable; nothing is read.",
  'resume.context': 'A message is read again, as context alone.',
  'resume.caught_up': 'Everything that an earlier process made durable is read again.',
  'read.message': 'A message is read, others of its batch are not.',
  'read.slot': 'The first message of another slot follows.',
  'flush.taken': 'Rows are taken from every partition; nothing is written.',
  'letters.sending': 'Dead letters are about to be sent.',
  'letters.sent': 'The brokers have dead letters; no row is written.',
  'stubs.sending': 'A request of stubs is about to be sent; those before it are acknowledged.',
  'stubs.sent': 'The brokers have the stubs of a request; no row is written.',
  'rows.inserting': "A table's insert is about to be sent; another's may be under way.",
  'rows.inserted': 'An insert has brought a table its rows; the others may lack theirs.',
  'flush.rows_written': 'All tables have their rows; progress is as before.',
  'flush.progress_written': 'Progress is durable; counters and committed offsets are as before.',
  'flush.acknowledged': 'Offsets are committed.',
  'stop.draining': 'Asked to end: sources give nothing more, the last flush has not begun.',
  'stop.flushed': 'Asked to end: the last flush is over, nothing is closed.',
} as const;

export type FailpointName = keyof typeof FAILPOINTS;

/** Ends the process here, where WEIR_FAILPOINTS says so. */
export const failpoint: (name: FailpointName) => void = armed(process.env['WEIR_FAILPOINTS'] ?? '', killed);

/** Calls `act` at the hits that `text` names. Throws ConfigError for a name that is none. */
export function armed(text: string, act: () => void): (name: FailpointName) => void {
  if (text === '') return () => {};
  const left = new Map(text.split(',').map(hitOf));
  return (name) => {
    const hits = left.get(name);
    if (hits === undefined) return;
    left.set(name, hits - 1);
    if (hits === 1) act();
  };
}

function hitOf(text: string): [name: string, hits: number] {
  const [, name = '', hits = '1'] = /^([a-z_.]+)(?:@([1-9]\d*))?$/.exec(text.trim()) ?? [];
  if (!Object.hasOwn(FAILPOINTS, name))
    throw new ConfigError([
      `WEIR_FAILPOINTS: ${text} is no failpoint; expected NAME or NAME@HIT of ${Object.keys(FAILPOINTS).join(', ')}`,
    ]);
  return [name, Number(hits)];
}

function killed(): never {
  process.kill(process.pid, 'SIGKILL');
  // Not one more step, should the signal take a moment.
  for (;;);
}
