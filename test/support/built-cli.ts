/** The command line as users run it: compiled once a test file into a folder of its own, run as a process. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface BuiltCli {
  /** Runs a command to its end. */
  run(
    args: readonly string[],
    input?: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
  /** Starts a command that goes on. */
  start(
    args: readonly string[],
    cwd: string,
    environment?: Readonly<Record<string, string>>,
  ): ChildProcessWithoutNullStreams;
  remove(): void;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function buildCli(): BuiltCli {
  // Inside the repository, where node finds our dependencies.
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync(resolve('.cache', 'cli-'));
  const compiler = resolve('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', folder]);
  const start: BuiltCli['start'] = (args, cwd, environment = {}) =>
    spawn(process.execPath, [join(folder, 'src', 'cli.js'), ...args], {
      cwd,
      env: { ...withoutOurs(process.env), ...environment },
    });
  return {
    start,
    run: (args, input = '', environment = {}) =>
      new Promise((settle, reject) => {
        const child = start(args, process.cwd(), environment);
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        child.on('error', reject);
        child.on('close', (code) => {
          settle({ code, stdout, stderr });
        });
        child.stdin.on('error', () => undefined);
        child.stdin.end(input);
      }),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WEIR_')));
}
