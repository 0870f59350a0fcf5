import { describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import { createLogger } from '../../src/log.ts';
import { createTerminal } from '../../src/terminal.ts';

function written(
  format: 'auto' | 'json' | 'pretty',
  isTTY: boolean,
): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const terminal = createTerminal({ isTTY, write: (text) => lines.push(text) });
  return { lines, log: createLogger({ level: 'info', format }, terminal) };
}

describe('a log line', () => {
  it('is JSON away from a terminal', () => {
    const { lines, log } = written('auto', false);
    log.warn({ topic: 'spans', error: new Error('refused') }, 'cannot read');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 40,
      topic: 'spans',
      msg: 'cannot read',
      error: { name: 'Error', message: 'refused' },
    });
    expect(lines[0]).not.toContain('stack');
  });

  it('is readable on a terminal', () => {
    const { lines, log } = written('auto', true);
    log.info({ topic: 'spans', error: new Error('refused') }, 'cannot read');
    expect(lines[0]).toContain('cannot read');
    expect(lines[0]).toContain('topic=spans');
    expect(lines[0]).toContain('error=refused');
  });

  it('shows no secret', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { lines, log } = written(format, true);
      log.info({ token: new Secret('canary'), inner: { token: new Secret('canary') } }, 'connected');
      expect(lines.join('')).toContain('***');
      expect(lines.join('')).not.toContain('canary');
    }
  });

  it('shows no secret that an error repeats, whoever made its text', () => {
    new Secret('canary');
    vi.stubEnv('WEIR_DEBUG', '1');
    const { lines, log } = written('json', true);
    for (const error of [new Error('not canary'), 'not canary']) log.warn({ error }, 'cannot read');
    vi.unstubAllEnvs();
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain('not ***');
    expect(lines.join('')).not.toContain('canary');
  });
});
