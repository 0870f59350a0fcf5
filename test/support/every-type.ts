/** A table of nearly every type of column, and a job of that table alone. */
import type { Job } from '../../src/engine/job.ts';
import type { Table } from '../../src/sinks/table.ts';

export const everyType: Table = {
  name: 'every_type_v1',
  columns: {
    tenant: 'text',
    at: 'time',
    name: 'string',
    wide: 'u128',
    whole: 'u64',
    names: 'strings',
    counts: 'u64s',
  },
  key: ['tenant', 'name', 'at'],
  time: 'at',
};

export const everyTypeJob: Job = {
  name: 'every-type',
  summary: '',
  operators: [],
  tables: [everyType],
  views: [],
  counters: [],
};
