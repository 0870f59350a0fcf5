/**
 * Where things lie in the kernel's memory, in bytes. Compiled twice: into the kernel by AssemblyScript, and into the code around it.
 * Constants alone, which both languages read alike.
 */

/** Columns hold this many spans; a message of more is not the kernel's. */
export const ROW_BITS = 14;
export const ROWS_MAX = 1 << ROW_BITS;
export const RESOURCES_MAX = 1 << ROW_BITS;
export const HITS_MAX = 1 << 17;
/** Tracestates, and links, of a message. */
export const SPOTS_MAX = 1 << 15;
export const INPUT_BYTES_MAX = 1 << 22;

/** Wanted keys and their bytes; a writer that wants more is not the kernel's. */
export const KEYS_MAX = 256;
export const KEY_BYTES_MAX = 1 << 14;
/** Keys of this length or longer share a chain. */
export const KEY_LENGTHS = 256;

/** The text table begins anew when it holds this many texts, or bytes of them. */
export const TEXTS_MAX = 1 << 17;
export const TEXT_BYTES_MAX = 1 << 24;
/** A longer text is not interned. */
export const TEXT_LENGTH_MAX = 1024;
export const SLOTS = 1 << 18;
/** A text that finds no place within so many slots is not interned. */
export const PROBES_MAX = 64;

/** What is loaded eight or sixteen bytes a step may reach so far beyond its end. */
const PADDING = 64;

/** Counts of what the message decoded last holds, and of the texts: 32-bit words. */
export const COUNTS = 1024;
export const RESOURCE_COUNT = 0;
export const HIT_COUNT = 1;
export const TRACESTATE_COUNT = 2;
export const LINK_COUNT = 3;
/** Tokens are below this. */
export const TEXT_COUNT = 4;
/** Rises when the text table begins anew: tokens of another epoch mean nothing. */
export const EPOCH = 5;
export const COUNT_WORDS = 6;

/** Two random 64-bit words: the keys of the hash. */
export const SECRETS = 2048;

/** Members of OTLP's JSON: see members.ts. */
export const MEMBERS = 4096;

/** The wanted keys, one image: the filter of AttributeKeys, chains of columns by key length, then the keys. */
export const KEY_IMAGE = 8192;
export const KEY_FILTER = KEY_IMAGE;
/** By length, the first column plus one. */
export const KEY_HEADS = KEY_FILTER + 128 * 4;
/** By column, the next of that length plus one. */
export const KEY_NEXT = KEY_HEADS + KEY_LENGTHS * 4;
/** By column, where its key starts in KEY_BYTES. */
export const KEY_STARTS = KEY_NEXT + KEYS_MAX * 4;
export const KEY_BYTES = KEY_STARTS + (KEYS_MAX + 1) * 4;

/** Columns, a row a span. */
export const IDS = 1 << 15;
export const START_US = IDS + ROWS_MAX * 32;
export const END_US = START_US + ROWS_MAX * 8;
export const DURATION_US = END_US + ROWS_MAX * 8;
/** Token of the name, and where it stands. */
export const NAME = DURATION_US + ROWS_MAX * 8;
export const NAME_START = NAME + ROWS_MAX * 4;
export const NAME_END = NAME_START + ROWS_MAX * 4;
export const KIND = NAME_END + ROWS_MAX * 4;
export const STATUS = KIND + ROWS_MAX;
export const REVERSED = STATUS + ROWS_MAX;
export const OVERSIZED = REVERSED + ROWS_MAX;

/** Records of four words. A resource: first row, token of its bytes, where they start and end. */
export const RESOURCES = OVERSIZED + ROWS_MAX;
/** Column << ROW_BITS | row, token of the value, where it starts and ends. */
export const HITS = RESOURCES + RESOURCES_MAX * 16;
/** Row, start, end, and a word unused. */
export const TRACESTATES = HITS + HITS_MAX * 16;
/**
 * The same. Of protobuf's one link: `start` is where its length stands, `end` where what holds it ends. Of JSON's all that a span has. There
 * a text starts with its quote.
 */
export const LINKS = TRACESTATES + SPOTS_MAX * 16;

/** Of Jaeger's spans, a message each, where OTLP's lie. Messages to read: where each starts and ends. */
export const MESSAGES = LINKS;
/** By row, hits of it and those before it; and whether it was read. */
export const HIT_ENDS = MESSAGES + ROWS_MAX * 8;
export const IS_READ = STATUS;
/** Records of four words: token of the process, where it starts and ends. */
export const PROCESSES = RESOURCES;
/** Records of two words: where the one reference starts and ends, where more is to be read of it than a parent. */
export const REFERENCES = TRACESTATES;

/** Slots of the text table: low half of the hash's upper word, high half the token. */
export const TEXT_SLOTS = LINKS + SPOTS_MAX * 16;
/** By token, where its bytes start; they end where the next one's do. */
export const TEXT_STARTS = TEXT_SLOTS + SLOTS * 8;
export const TEXT_BYTES = TEXT_STARTS + (TEXTS_MAX + 1) * 4;

export const INPUT = TEXT_BYTES + TEXT_BYTES_MAX + PADDING;
export const MEMORY_BYTES = INPUT + INPUT_BYTES_MAX + PADDING;
