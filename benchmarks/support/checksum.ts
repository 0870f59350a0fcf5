/** One number for every column of a batch, so that a benchmark can show that no work was left out. */
import type { SpanBatch } from '../../src/spans/span-batch.ts';

/** Ids carry no meaning, so texts are summed by their content. */
export function checksumOf(batch: SpanBatch): number {
  const { dictionary } = batch;
  let sum = 0;
  const add = (value: number): void => void (sum = (Math.imul(sum, 31) + (value % 2 ** 32)) | 0);
  const addText = (text: string): void => {
    for (let at = 0; at < text.length; at++) add(text.charCodeAt(at));
  };
  const numbers = [
    batch.offset,
    batch.startUs,
    batch.endUs,
    batch.durationUs,
    batch.kind,
    batch.status,
    batch.weight,
  ];
  const texts = [
    batch.tenant,
    batch.service,
    batch.operation,
    ...batch.spanAttributes,
    ...batch.resourceAttributes,
  ];
  for (let row = 0; row < batch.length; row++) {
    for (const column of numbers) add(column[row]!);
    for (const column of texts) addText(dictionary.text(column[row]!));
    for (let word = row * 8; word < row * 8 + 8; word++) add(batch.ids[word]!);
  }
  return sum >>> 0;
}
