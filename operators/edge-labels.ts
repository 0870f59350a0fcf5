/** What identifies a row of edges. */

export const CONNECTION_TYPES = ['direct', 'messaging', 'database', 'external'] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];
export const DIRECT = CONNECTION_TYPES.indexOf('direct');
export const MESSAGING = CONNECTION_TYPES.indexOf('messaging');
export const DATABASE = CONNECTION_TYPES.indexOf('database');
export const EXTERNAL = CONNECTION_TYPES.indexOf('external');

/** '-' takes back what '+' said: a caller that was replaced by a better one, a named peer that answered for itself. */
export type Sign = '+' | '-';

/** What identifies a row within a slot. */
export interface EdgeLabels {
  readonly tenant: string;
  readonly parent: string;
  readonly child: string;
  readonly type: ConnectionType;
  readonly sign: Sign;
  readonly windowMs: number;
}
