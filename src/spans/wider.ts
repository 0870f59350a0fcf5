/** A copy of a column with room for `length` values. */
export function wider<A extends Float64Array | Int32Array | Uint8Array>(column: A, length: number): A {
  const copy = new (column.constructor as new (n: number) => A)(length);
  copy.set(column);
  return copy;
}
