/**
 * Members that OTLP's JSON has, by number: first an object's own, then those of its members, in the order that producers write them.
 * Compiled twice, as layout.ts is: constants alone.
 */

/** No member that is known. */
export const UNKNOWN = 0;

export const REQUEST = 1;
export const RESOURCE_SPANS = 2;

export const OF_RESOURCE = 3;
export const RESOURCE = 4;
export const SCOPE_SPANS = 5;
export const RESOURCE_SCHEMA_URL = 6;

export const OF_SCOPE = 7;
export const SCOPE = 8;
export const SPANS = 9;
export const SCOPE_SCHEMA_URL = 10;

export const SPAN = 11;
export const TRACE_ID = 12;
export const SPAN_ID = 13;
export const PARENT_SPAN_ID = 14;
export const TRACE_STATE = 15;
export const NAME = 16;
export const KIND = 17;
export const START_TIME = 18;
export const END_TIME = 19;
export const ATTRIBUTES = 20;
export const DROPPED_ATTRIBUTES = 21;
export const EVENTS = 22;
export const DROPPED_EVENTS = 23;
export const STATUS = 24;
export const LINKS = 25;
export const DROPPED_LINKS = 26;
export const FLAGS = 27;

export const OF_STATUS = 28;
export const CODE = 29;
export const MESSAGE = 30;

export const KEY_VALUE = 31;
export const KEY = 32;
export const VALUE = 33;

/** Names of enumerations are found as members are: each is one more than what it stands for. */
export const KINDS = 34;
export const CODES = 41;

/** Of the table at MEMBERS: bytes a member, of which the first 32 spell it from quote to colon and the next are ones where it has any. */
export const MEMBER_BYTES = 80;
export const MEMBER_MASK = 32;
/** Bytes of its spelling; 0 ends an object's members. */
export const MEMBER_LENGTH = 64;
/** The member that came after it when last seen; 0 where none did. */
export const MEMBER_NEXT = 68;
