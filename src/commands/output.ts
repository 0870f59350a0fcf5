/** Standard output, whose reader may stop reading, as `head` does: that ends the command, and is no failure. */
import { EXIT, type ExitCode } from './failure.ts';

let handle = (error: Error): void => process.exit(exitCodeOfOutput(error));

/** Call once, before anything is written. */
export function watchOutput(): void {
  process.stdout.on('error', (error: Error) => handle(error));
}

/** For a command that has something to put away before the process ends: it is told, and ends by itself. */
export function onOutputFailure(told: (error: Error) => void): void {
  handle = told;
}

export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EPIPE';
}

function exitCodeOfOutput(error: Error): ExitCode {
  return isClosedPipe(error) ? EXIT.ok : EXIT.failed;
}
