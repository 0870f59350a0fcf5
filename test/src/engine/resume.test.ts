import { expect, test } from 'vitest';
import { type ResumeRequest, planResume } from '../../../src/engine/resume.ts';

const N = 100;
const request = (change: Partial<ResumeRequest>): ResumeRequest => ({
  progress: undefined,
  range: { first: 0, end: 10_000 },
  slotMessages: N,
  firstOffset: 0,
  newGeneration: false,
  newestVersion: 0,
  ...change,
});
const progress = (hi: number, origin = 0) => ({ generation: 3, origin, hi, fingerprint: 'f' });

test('without progress a generation begins at the first offset, reading one slot of context', () => {
  expect(planResume(request({ firstOffset: 250 }))).toEqual({
    generation: 1,
    origin: 250,
    readFrom: 100,
    ownersFrom: 250,
    countedTo: 250,
    lostMessages: 0,
  });
});

test('with progress it owns the slot before that of hi, and reads one more', () => {
  expect(planResume(request({ progress: progress(577), newestVersion: 700 }))).toEqual({
    generation: 3,
    origin: 0,
    readFrom: 300,
    ownersFrom: 400,
    countedTo: 577,
    lostMessages: 0,
  });
});

test('nothing before the origin is owned', () => {
  const plan = planResume(request({ progress: progress(577, 450) }));
  expect(plan).toMatchObject({ readFrom: 300, ownersFrom: 450 });
});

test('retention past what a rebuild reads begins a generation after everything stored, and says what was lost', () => {
  const lossless = planResume(
    request({ progress: progress(577), newestVersion: 600, range: { first: 350, end: 1000 } }),
  );
  expect(lossless).toMatchObject({
    generation: 4,
    origin: 600,
    ownersFrom: 600,
    lostMessages: 0,
    restarted: 'retention',
  });
  const lossy = planResume(
    request({ progress: progress(577), newestVersion: 600, range: { first: 800, end: 1000 } }),
  );
  expect(lossy).toMatchObject({
    generation: 4,
    origin: 800,
    readFrom: 800,
    lostMessages: 200,
    restarted: 'retention',
  });
});

test('a log that never had earlier messages is resumed whole', () => {
  const plan = planResume(request({ progress: progress(577, 350), range: { first: 350, end: 1000 } }));
  expect(plan).toMatchObject({ generation: 3, ownersFrom: 400, readFrom: 350, lostMessages: 0 });
});

test('a log shorter than its progress was made anew', () => {
  const plan = planResume(request({ progress: progress(577), range: { first: 0, end: 20 } }));
  expect(plan).toMatchObject({ generation: 4, origin: 0, restarted: 'recreated' });
});

test('a log shorter than its progress that retention has cut before lost its tail: what is left was counted', () => {
  const plan = planResume(request({ progress: progress(577), range: { first: 100, end: 570 } }));
  expect(plan).toMatchObject({
    generation: 4,
    origin: 570,
    readFrom: 400,
    ownersFrom: 570,
    lostMessages: 0,
    restarted: 'truncated',
  });
});

test('a requested generation begins after everything stored', () => {
  const plan = planResume(request({ progress: progress(577), newestVersion: 640, newGeneration: true }));
  expect(plan).toMatchObject({ generation: 4, origin: 640, restarted: 'requested' });
});
