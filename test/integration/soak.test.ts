/**
 * Everything at once, for as long as is asked: `npm run soak -- MINUTES` (half an hour where none are given; seconds where this file runs among the
 * others). Weir is killed, its line to the store fails and is cut, its broker restarts, its group rebalances, it freezes; the log grows all the while.
 * Ends in one table. WEIR_FAULT_SEED says in which order.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { GrowingLog } from '../support/growing-log.ts';
import { kafkaSkipReason, type OwnKafka, startKafka } from '../support/kafka.ts';
import { expectExact, isRead } from '../support/read-log.ts';
import { SOAK_FAULTS, type SoakFault, SoakRun } from '../support/soak-run.ts';
import { untilTrue, workDirectory } from '../support/weir-process.ts';

const MINUTES = Number(process.env['WEIR_SOAK_MINUTES'] ?? 0.4);
const SEED = Number(process.env['WEIR_FAULT_SEED'] ?? Date.now() % 1_000_000);
const TOPIC = 'soak';
const PARTITIONS = 2;
const BETWEEN_MS = 1500;
/** The last share of the time nobody is killed, so that one life shows whether memory grows. */
const LAST_LIFE_SHARE = 0.5;
const HEALING_MS = 300_000;
const RSS_MIB_MAX = 400;

const reason = kafkaSkipReason(['4.3.1']);
const title = `${MINUTES} minutes of faults, seed ${SEED}${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: OwnKafka;
  let server: TestClickHouse;
  let proxy: FaultProxy;
  let log: GrowingLog;
  let run: SoakRun;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  beforeAll(async () => {
    [kafka, server, directory] = await Promise.all([
      startKafka('4.3.1'),
      startTestClickHouse([]),
      workDirectory(),
    ]);
    proxy = await FaultProxy.open(server.options, SEED);
    log = await GrowingLog.create({ kafka, topic: TOPIC, partitions: PARTITIONS, seed: SEED });
    run = new SoakRun({ kafka, log, proxy, directory: directory.path });
    await run.start();
  });

  afterAll(async () => {
    await run.weir.end('SIGKILL');
    await Promise.all([log.close(), proxy.close()]);
    await server.stop();
    await kafka.stop();
    await directory.remove();
  });

  it('ends with no difference', { timeout: MINUTES * 60_000 + HEALING_MS + 120_000 }, async () => {
    const startedMs = Date.now();
    const endsMs = startedMs + MINUTES * 60_000;
    const quietMs = startedMs + MINUTES * 60_000 * (1 - LAST_LIFE_SHARE);
    await run.run(endsMs, faultsUntil(quietMs), BETWEEN_MS);
    let differences = 'some';
    try {
      await untilTrue(run.weir, () => isRead(run.weir, log), HEALING_MS);
      await expectExact(run.weir, log);
      await proxy.land();
      await expectExact(run.weir, log);
      differences = '0';
    } finally {
      console.log(table(run, log, proxy, differences));
    }
    expect(run.peakMiB).toBeLessThan(RSS_MIB_MAX);
    // Each at least once, whatever the length.
    expect([...run.injected.keys()].sort()).toEqual([...SOAK_FAULTS].sort());
  });
});

/** Round by round each fault once, in another order; after the first one kills only until then. */
function* faultsUntil(quietMs: number): Generator<SoakFault, never, void> {
  const { length } = SOAK_FAULTS;
  for (let round = 0; ; round++) {
    const all = fc.shuffledSubarray([...SOAK_FAULTS], { minLength: length, maxLength: length });
    const [order] = fc.sample(all, { seed: SEED + round, numRuns: 1 });
    for (const fault of order!) if (fault !== 'kill -9' || round === 0 || Date.now() < quietMs) yield fault;
  }
}

function table(run: SoakRun, log: GrowingLog, proxy: FaultProxy, differences: string): string {
  const spans = log.partitions.flat().reduce((sum, message) => sum + (message.spans?.length ?? 0), 0);
  const faults = [...run.injected].map(([fault, times]) => `${fault} ${times}`).sort();
  const { mibAMinute, minutes } = run.slope;
  const rows = [
    ['minutes', String(MINUTES)],
    ['messages', String(log.length)],
    ['spans', String(spans)],
    ['faults injected', faults.join(', ')],
    ['requests to the store that met one', String(proxy.total)],
    ['differences', differences],
    ['peak RSS', `${run.peakMiB.toFixed(0)} MiB`],
    ['slope of RSS', `${mibAMinute.toFixed(1)} MiB/min over the last ${minutes.toFixed(1)} min`],
    ['flush, half of them', `<= ${run.flushSeconds(0.5)} s`],
    ['flush, 99 of 100', `<= ${run.flushSeconds(0.99)} s`],
  ];
  return ['| soak | |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}
