/**
 * Defects, each one edit of the product's text: what a tired hand might write, or a clean-up undo. The simulation must fail under every one of
 * them; see mutations.test.ts.
 */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Occurs once. */
  readonly from: string;
  readonly to: string;
}

const CLAIM = 'src/engine/claim.ts';
const FLUSHER = 'src/engine/flusher.ts';
const HOLDINGS = 'src/engine/holdings.ts';
const PARTITION = 'src/engine/partition.ts';
const RESUME = 'src/engine/resume.ts';
const NEIGHBOURHOOD = 'operators/neighbourhood.ts';

const ORDER_OF_QUESTIONS = [
  `  const newestVersion =
    progress === undefined ? 0 : await options.sink.newestVersion(topic, progress.generation, partition);
`,
  `  // Asked last: another owner may be writing, and the log must not look shorter than what was read of it.
  const range = await askLog(() => source.offsets(topic, partition));
`,
];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a version lower than the rows',
    file: PARTITION,
    from: '      hi: this.hi,',
    to: '      hi: Math.max(plan.origin, this.hi - 1),',
  },
  {
    name: 'a version higher than the rows: what was read last is not settled yet',
    file: PARTITION,
    from: '    this.#emit();\n    this.hi = Math.max(this.hi, batch.nextOffset);',
    to: '    this.hi = Math.max(this.hi, batch.nextOffset);',
  },
  {
    name: 'a retry that takes newer rows under the old version',
    file: FLUSHER,
    from: '() => writeTables(options.sink, taken)',
    to: '() => writeTables(options.sink, taken.map((flush, at) => ({ ...flush, rows: [...flush.rows, ...changed[at]!.pipeline.take()] })))',
  },
  {
    name: 'a failed flush that drops its rows',
    file: FLUSHER,
    from: 'await untilDone(() => writeTables(options.sink, taken), failed, stopping.signal, clock);',
    to: 'await writeTables(options.sink, taken).catch(() => undefined);',
  },
  {
    name: 'progress before rows',
    file: FLUSHER,
    from: `await sink.writeRows(taken);
  failpoint('flush.rows_written');
  await sink.writeProgress(taken);`,
    to: 'await sink.writeProgress(taken);\n  await sink.writeRows(taken);',
  },
  {
    name: 'progress that does not wait for rows',
    file: FLUSHER,
    from: 'await sink.writeRows(taken);',
    to: 'void sink.writeRows(taken).catch(() => undefined);',
  },
  {
    name: 'progress that does not wait for dead letters',
    file: FLUSHER,
    from: 'await untilDone(() => options.writeLogs(taken), failed, stopping.signal, clock);',
    to: 'void options.writeLogs(taken).catch(() => undefined);',
  },
  {
    name: 'counters before progress',
    file: FLUSHER,
    from: 'await untilDone(() => writeTables(',
    to: 'await options.acknowledged(taken); await untilDone(() => writeTables(',
  },
  {
    name: 'counters that do not forget what an earlier process counted',
    file: PARTITION,
    from: '    this.pipeline.forgetIncrements();\n',
    to: '',
  },
  {
    name: 'a message read again is counted again',
    file: PARTITION,
    from: '      if (offset < this.hi) continue;\n',
    to: '',
  },
  {
    name: 'context that owns facts',
    file: PARTITION,
    from: '        this.#writer.firstOwner = this.#writer.length;\n',
    to: '',
  },
  {
    name: 'a resumed process rebuilds the current slot only',
    file: RESUME,
    from: 'Math.max(origin, slotOf(hi, slotMessages) - slotMessages)',
    to: 'Math.max(origin, slotOf(hi, slotMessages))',
  },
  {
    name: 'a resumed process owns from its progress on',
    file: RESUME,
    from: 'Math.max(origin, slotOf(hi, slotMessages) - slotMessages)',
    to: 'Math.max(origin, hi)',
  },
  {
    name: 'a resumed process reads no context',
    file: RESUME,
    from: 'Math.max(0, slotOf(ownersFrom, slotMessages) - slotMessages)',
    to: 'ownersFrom',
  },
  {
    name: 'a generation that begins before stored versions',
    file: RESUME,
    from: 'Math.max(counted, range.first)',
    to: 'Math.max(hi, range.first)',
  },
  {
    name: 'retention that goes unnoticed',
    file: RESUME,
    from: 'range.first <= readFrom || range.first === origin',
    to: 'range.first >= 0',
  },
  {
    name: 'a topic made anew that is known by progress alone, not by rows',
    file: RESUME,
    from: 'range.end < counted',
    to: 'range.end < hi',
  },
  {
    name: 'a topic made anew that goes unnoticed',
    file: RESUME,
    from: 'range.end < counted',
    to: 'range.end < 0',
  },
  {
    name: 'the end of the log asked for before what another owner stored',
    file: CLAIM,
    from: ORDER_OF_QUESTIONS.join(''),
    to: ORDER_OF_QUESTIONS.toReversed().join(''),
  },
  {
    name: 'an origin that another process wrote first is ignored',
    file: CLAIM,
    from: 'generation === claim.begun?.generation && progress?.origin === claim.begun.origin',
    to: 'generation === claim.begun?.generation',
  },
  {
    name: 'a claim that does not wait for the flush under way',
    file: HOLDINGS,
    from: '      await flush();\n      const plan',
    to: '      const plan',
  },
  {
    name: 'two claims of one partition at once',
    file: 'src/engine/openings.ts',
    from: 'before.catch(() => undefined).then(',
    to: 'Promise.resolve(before && undefined).then(',
  },
  {
    name: 'a partition held although it was lost during its claim',
    file: HOLDINGS,
    from: 'plan === undefined || unwanted.aborted',
    to: 'plan === undefined',
  },
  {
    name: 'a partition opened anew although it was lost while the log was looked at',
    file: HOLDINGS,
    from: '    if (held.get(name) !== own) return;\n',
    to: '',
  },
  {
    name: 'a gap in the log without a message goes unnoticed',
    file: HOLDINGS,
    from: 'batch.length === 0 ? batch.nextOffset : batch.offsets[0]!',
    to: 'batch.offsets[0] ?? 0',
  },
  {
    name: 'facts settled batch by batch',
    file: NEIGHBOURHOOD,
    from: '      settle?.(this.spans.newest, batch, row - 1);\n    }\n',
    to: '    }\n    for (let row = from; row < to; row++) settle?.(this.spans.placeAt(to - 1 - row), batch, row);\n',
  },
  {
    name: 'a lookback one span short',
    file: NEIGHBOURHOOD,
    from: 'Math.min(this.#options.spansMax, ',
    to: 'Math.min(this.#options.spansMax - 1, ',
  },
  {
    name: 'a neighbourhood that ends with the slot',
    file: NEIGHBOURHOOD,
    from: 'follows ? this.#inSlot : 0',
    to: 'follows ? 0 : 0',
  },
  {
    name: 'repeats that are no children',
    file: 'operators/relatives.ts',
    from: '|| this.#isAnswer(named)) continue;',
    to: '|| this.#isAnswer(named) || spans.isRepeat(named)) continue;',
  },
  {
    name: 'repeats that own facts',
    file: NEIGHBOURHOOD,
    from: 'if (indexer.mayShare && this.#isRepeat(place, hash)) this.#setRepeat(batch, next - 1);',
    to: '',
  },
  {
    name: 'a slot of dependencies forgotten while facts still come',
    file: 'operators/edge-ledger.ts',
    from: 'if (slot < this.#currentSlot - this.#neighbourhood.slotMessages)',
    to: 'if (slot < this.#currentSlot)',
  },
  {
    name: 'a slot of paths forgotten while facts still come',
    file: 'operators/paths.ts',
    from: 'if (slot < this.#currentSlot - this.#neighbourhood.slotMessages)',
    to: 'if (slot < this.#currentSlot)',
  },
  {
    name: 'a path that moved and is not taken back',
    file: 'operators/paths.ts',
    from: 'if (knownRow >= 0) this.#add(slot, slot.oppositeOf(knownRow), owner, known);',
    to: '',
  },
];
