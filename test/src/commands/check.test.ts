import { expect, it } from 'vitest';
import { apiFindings, topicFinding } from '../../../src/commands/check.ts';
import { SCHEMA } from '../../../src/config/schema.ts';
import { emptyReader, startTestApi } from '../../support/api-server.ts';

it.each([
  [undefined, 'fail'],
  [[{ first: 0, end: 10 }], 'ok'],
  [[{ first: 5000, end: 5000 + 3 * 4096 }], 'ok'],
  [
    [
      { first: 0, end: 10 },
      { first: 5000, end: 5000 + 3 * 4096 - 1 },
    ],
    'warn',
  ],
] as const)('a topic with partitions %j is judged %s', (partitions, verdict) => {
  expect(topicFinding({ topic: 'spans', partitions }, 4096).verdict).toBe(verdict);
});

it.each([
  [
    ['red'],
    [
      /^Weir: .* answers$/,
      /^no traces_span_metrics_calls_total yet/,
      /is not served/,
      /^API: no service yet/,
    ],
  ],
  [['dependencies'], [/^Weir: .* answers$/, /^Monitor tab: job red is not among/]],
])('of a Weir with jobs %j that has counted nothing it says why', async (jobs, said) => {
  const api = await startTestApi({ reader: emptyReader() });
  const config = SCHEMA.parse({ jobs, http: { port: Number(new URL(api.url).port) } });
  const texts = (await apiFindings(config)).map(({ text }) => text);
  await api.stop();
  expect(texts).toEqual(said.map((pattern) => expect.stringMatching(pattern) as string));
});
