/** Values that several sections of the configuration take, and names that others have rules for. */
import { z } from 'zod';

export const name = z.string().min(1);
export const positive = z.int().min(1);

/** It goes into headers and addresses. */
export const tenantName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 letters, digits, dots, dashes or underscores');

/** What Kafka lets a topic be called. */
export const topicName = name.regex(
  /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  "Kafka's topics are called by 1 to 249 letters, digits, dots, dashes or underscores",
);

/** Groups of others whose offsets Weir would steal. */
const FOREIGN_GROUPS = ['jaeger-ingester', 'otel-collector'];

export const groupId = name.refine((text) => !FOREIGN_GROUPS.includes(text), {
  message: "belongs to another program, which would lose messages; choose a name of Weir's own",
});

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
