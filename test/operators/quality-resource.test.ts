/** What checks of resources have in common; each check of one is tested by itself. */
import { expect, test } from 'vitest';
import { NAMED_BY, RESOURCE_ATTRIBUTES } from '../../operators/quality-resource.ts';

test('all that names something shows that there is a resource', () => {
  for (const keys of Object.values(NAMED_BY))
    expect(RESOURCE_ATTRIBUTES).toEqual(expect.arrayContaining([...keys]));
});
