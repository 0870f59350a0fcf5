/**
 * How much V8 puts into one function. A span's way through the operators is a hundred and more small functions. V8 puts them into those that call them until
 * that makes 920 bytes of bytecode, and calls the rest. With room for three times as much, decode and all four jobs took a twentieth less time, RED
 * and quality a tenth less; half as much again gained no more, and ten times as much lost it.
 */
import { setFlagsFromString } from 'node:v8';

const BYTES_MAX = 3000;

/** The option of V8, which ignores what it does not know. */
export const INLINING = `--max-inlined-bytecode-size-cumulative=${BYTES_MAX}`;

/** To be called before the operators' functions have run often: what V8 has compiled stays as it is. */
export function inlineMore(): void {
  setFlagsFromString(INLINING);
}
