/**
 * The child process that is the embedded ClickHouse: the program, as text for `node --input-type=commonjs -e`, so that it runs from source
 * and from `dist/` alike. Arguments: the parent's process id, path of the ffi-rs module, path of libchdb, then those of `clickhouse local`.
 * It lives until its standard input ends: when the parent closes it, or dies. A query still running then is given EXIT_GRACE_MS.
 */

const EXIT_GRACE_MS = 5000;

/**
 * ClickHouse keeps the main thread until it ends, so a second thread watches for the parent's death. It is told who the parent is: one that
 * died before the thread began would else not be missed.
 */
const WATCHER = `
const { workerData: parent } = require('node:worker_threads');
const timer = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(timer);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${EXIT_GRACE_MS});
}, 500);`;

export const CHILD_PROGRAM = `
'use strict';
const { Worker } = require('node:worker_threads');
const [parent, ffi, library, ...options] = process.argv.slice(1);
const { open, load, DataType } = require(ffi);
const call = (funcName, retType, paramsType, paramsValue) =>
  load({ library: 'chdb', funcName, retType, paramsType, paramsValue });
new Worker(${JSON.stringify(WATCHER)}, { eval: true, stdin: false, workerData: Number(parent) });
open({ library: 'chdb', path: library });
const args = ['clickhouse', ...options];
const result = call('chdb_query_cmdline', DataType.External, [DataType.I32, DataType.StringArray], [args.length, args]);
if (call('chdb_result_error', DataType.U64, [DataType.External], [result])) {
  console.error(call('chdb_result_error', DataType.String, [DataType.External], [result]));
  process.exit(1);
}
process.exit(0);
`;
