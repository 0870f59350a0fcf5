/** Both ways in which a neighbourhood takes spans in: what is true of one is true of the other. */
import type { NeighbourhoodOptions } from '../../operators/neighbourhood.ts';
import { openNeighbourhoodKernel } from '../../src/kernel/neighbourhood.ts';

export interface IndexerCase extends Pick<NeighbourhoodOptions, 'openKernel'> {
  readonly name: string;
}

export const INDEXERS: readonly IndexerCase[] = [
  { name: 'TypeScript' },
  {
    name: 'WebAssembly',
    openKernel(shape) {
      const kernel = openNeighbourhoodKernel(shape);
      if (kernel === undefined) throw new Error('there is no kernel');
      return kernel;
    },
  },
];
