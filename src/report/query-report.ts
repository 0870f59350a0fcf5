/** Asks the store all that a report on trace quality needs. */
import type { CheckInfo } from '../../operators/quality-check.ts';
import { type QualityReport, qualityReport } from './quality-report.ts';
import type { Example, QualityStore, Question } from './quality-question.ts';
import {
  queryClients,
  queryFailingOperations,
  queryParts,
  queryPassExamples,
  queryVerdicts,
} from './quality-rows.ts';

/** What is known of checks and clients beside the rows. */
export interface QualityKnowledge {
  readonly checks: readonly CheckInfo[];
  /** The least version of a library that is current enough; undefined where none is known. */
  readonly minVersionOf: (language: string, sdk: string) => string | undefined;
}

/** Throws SinkError. */
export async function queryReport(
  store: QualityStore,
  question: Question,
  { checks, minVersionOf }: QualityKnowledge,
): Promise<QualityReport> {
  const [verdicts, passExamples, operations, parts, clients] = await Promise.all([
    queryVerdicts(store, question),
    // Of all services nobody looks at them.
    question.service === '' ? new Map<string, readonly Example[]>() : queryPassExamples(store, question),
    queryFailingOperations(store, question),
    queryParts(store, question),
    queryClients(store, question),
  ]);
  const judged = clients.map((client) => ({
    ...client,
    minVersion: minVersionOf(client.language, client.sdk) ?? null,
  }));
  return qualityReport(question, { verdicts, passExamples, operations, parts, clients: judged }, checks);
}
