/** What trace quality gives out: rows of tables `quality_v1` and `clients_v1`, absolute per slot, and what their counters rose by. */

export const QUALITY_TABLE = 'quality_v1';
export const CLIENTS_TABLE = 'clients_v1';

/**
 * Rows `quality_counters`: tenant, service, check, and what rose since the last time: judged, passed, exempt, and of each what was taken back
 * (`judged_moved`, ...) because a verdict changed.
 */
export const QUALITY_COUNTER_ROWS = 'quality_counters';
