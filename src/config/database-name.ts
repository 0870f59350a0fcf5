/** What a database may be called: a name that goes into SQL without quotes. */
import { z } from 'zod';

/** After INSERT INTO the first two are words of the language; the others are the server's own. */
const NO_DATABASES = ['function', 'table', 'system', 'information_schema', '_temporary_and_external_tables'];

export const database = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, 'expected letters, digits and underscores')
  .refine(
    (text) => !NO_DATABASES.includes(text.toLowerCase()),
    `choose another name: ClickHouse has a meaning of its own for ${NO_DATABASES.join(', ')}`,
  );
