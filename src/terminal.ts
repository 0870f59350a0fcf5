/**
 * What a person at a terminal sees: lines that stay, and one status line below them that is rewritten in place. Where the stream is
 * no terminal there is no status line, and lines come out as they are.
 */
import pc from 'picocolors';

export interface Terminal {
  readonly isInteractive: boolean;
  /** Writes text that stays, above the status line. */
  write(text: string): void;
  /** Replaces the status line; an empty text removes it. */
  status(text: string): void;
}

/** What a stream must offer; `process.stderr` does. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Where the width is not known. */
const COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

export function createTerminal(stream: TerminalStream): Terminal {
  let shown = '';
  const isInteractive = stream.isTTY === true;
  return {
    isInteractive,
    write(text) {
      stream.write(shown === '' ? text : `${CLEAR_LINE}${text}${shown}`);
    },
    status(text) {
      if (!isInteractive || text === shown) return;
      // A line that wraps could not be cleared. A terminal that does not know its width says 0.
      const { columns = 0 } = stream;
      shown = text.slice(0, (columns > 0 ? columns : COLUMNS) - 1);
      stream.write(`${CLEAR_LINE}${shown}`);
    },
  };
}

/** Colours where the terminal shows them; plain text elsewhere, and wherever NO_COLOR is set. */
export function colorsFor(terminal: Terminal): Colors {
  return pc.createColors(terminal.isInteractive && pc.isColorSupported);
}
