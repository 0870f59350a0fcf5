/** Messages as Kafka's record batches bring them: in few buffers, with other bytes between them. */
import { Slices } from '../../src/codecs/messages.ts';

const GAP = 0xab;

/** `perBuffer` messages in each buffer, `gap` bytes before each. */
export function slicesOf(
  messages: readonly (Uint8Array | null)[],
  { perBuffer, gap }: { readonly perBuffer: number; readonly gap: number },
): Slices {
  const slices = new Slices();
  for (let first = 0; first < messages.length; first += perBuffer) {
    const part = messages.slice(first, first + perBuffer);
    const bytes = part.reduce((sum, message) => sum + gap + (message?.length ?? 0), 0);
    const buffer = new Uint8Array(bytes).fill(GAP);
    let at = 0;
    for (const message of part) {
      at += gap;
      if (message === null) slices.add(buffer, -1, -1);
      else {
        buffer.set(message, at);
        slices.add(buffer, at, (at += message.length));
      }
    }
  }
  return slices;
}
