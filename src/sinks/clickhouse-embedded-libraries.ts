/** Where the embedded ClickHouse's libraries are: chdb's own, and ffi-rs to call it. Neither is needed with an external server. */
import { createRequire } from 'node:module';
import { EmbeddedError } from './embedded-error.ts';

/** What the child process loads. */
export interface Libraries {
  readonly ffi: string;
  readonly chdb: string;
}

/** Throws EmbeddedError `unsupported_platform` where there is no chdb. */
export function findLibraries(): Libraries {
  const platform = `${process.platform}-${process.arch}`;
  const cure = 'Use an external ClickHouse server instead (`clickhouse.url` in the configuration).';
  if (isMusl())
    throw new EmbeddedError(
      'unsupported_platform',
      `the embedded ClickHouse needs glibc, and this ${platform} has musl. Use a Debian-based image. Or: ${cure}`,
    );
  const require = createRequire(import.meta.url);
  try {
    const { libchdbPath } = require('chdb/libchdb') as { readonly libchdbPath: () => string };
    return { ffi: require.resolve('ffi-rs'), chdb: libchdbPath() };
  } catch (error) {
    throw new EmbeddedError(
      'unsupported_platform',
      `the embedded ClickHouse (packages chdb, ffi-rs) is not installed for ${platform}; it exists for glibc Linux and macOS, x64 and arm64. ${cure}`,
      error,
    );
  }
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined;
}
