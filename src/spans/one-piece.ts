/**
 * The same text, in one piece. V8 keeps what is joined as the parts and how they hang together until somebody reads a character of it, two to four
 * times as much memory: what is kept long should come through here. Elsewhere it costs nothing.
 */
export function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}
