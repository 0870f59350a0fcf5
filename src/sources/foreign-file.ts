/** What a file of spans is instead, by how it begins: what must be unpacked or saved anew before anybody can read spans in it. */

interface Form {
  readonly name: string;
  readonly cure: string;
  /** Its first bytes. */
  readonly begin: readonly number[];
}

const UTF_8 = 'save it as UTF-8, for example with iconv -f UTF-16 -t UTF-8';

/** No message in protobuf that Weir reads begins so: its first byte would be a field's number and kind. */
const FORMS: readonly Form[] = [
  { name: 'gzip', cure: 'unpack it first, with gunzip', begin: [0x1f, 0x8b] },
  { name: 'zstd', cure: 'unpack it first, with unzstd', begin: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'bzip2', cure: 'unpack it first, with bunzip2', begin: [...Buffer.from('BZh')] },
  { name: 'xz', cure: 'unpack it first, with unxz', begin: [0xfd, ...Buffer.from('7zXZ')] },
  { name: 'zip', cure: 'unpack it first, with unzip', begin: [...Buffer.from('PK\x03\x04')] },
  { name: 'UTF-16', cure: UTF_8, begin: [0xff, 0xfe] },
  { name: 'UTF-16', cure: UTF_8, begin: [0xfe, 0xff] },
  // Without a mark: the bracket that JSON begins with.
  ...['{', '['].flatMap((bracket): Form[] => [
    { name: 'UTF-16', cure: UTF_8, begin: [bracket.charCodeAt(0), 0] },
    { name: 'UTF-16', cure: UTF_8, begin: [0, bracket.charCodeAt(0)] },
  ]),
];

/** `is gzip: unpack it first, with gunzip`; undefined where it may be a file of spans. */
export function foreignForm(head: Uint8Array): string | undefined {
  const found = FORMS.find(({ begin }) => begin.every((byte, at) => head[at] === byte));
  return found === undefined ? undefined : `is ${found.name}: ${found.cure}`;
}
