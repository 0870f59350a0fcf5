/** Values that several sections of the configuration take. */
import { z } from 'zod';

export const name = z.string().min(1);
export const positive = z.int().min(1);

/** After INSERT INTO the first two are words of the language; the others are the server's own. */
const NO_DATABASES = ['function', 'table', 'system', 'information_schema', '_temporary_and_external_tables'];

/** What a database may be called: a name that goes into SQL without quotes. */
export const database = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, 'expected letters, digits and underscores')
  .refine(
    (text) => !NO_DATABASES.includes(text.toLowerCase()),
    `choose another name: ClickHouse has a meaning of its own for ${NO_DATABASES.join(', ')}`,
  );
