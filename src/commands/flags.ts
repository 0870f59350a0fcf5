/** What the command line hands to each command. */
import type { Encoding } from '../codecs/codec.ts';
import type { ReportFormat } from '../report/report-format.ts';
import type { RowFormat } from './row-format.ts';

export interface ConfigFlags {
  readonly config?: string;
}

export interface StartFlags extends ConfigFlags {
  readonly demo?: boolean;
  readonly newGeneration?: boolean;
}

export interface ReplayFlags extends ConfigFlags {
  readonly encoding: Encoding;
  /** Names, parted by commas. Absent: all jobs. */
  readonly job?: string;
  readonly format: RowFormat;
  /** Of every span. Absent: as configured. */
  readonly tenant?: string;
}

export interface SchemaFlags extends ConfigFlags {
  readonly cluster?: string;
}

export interface ReportFlags extends ConfigFlags {
  readonly hours: string;
  readonly format: ReportFormat;
  /** Absent: the first of the configuration. */
  readonly tenant?: string;
  /** Address of a running Weir. Absent: the configured ClickHouse server, else the Weir of this configuration. */
  readonly url?: string;
  /** Absent: as configured. */
  readonly jaegerUrl?: string;
}
