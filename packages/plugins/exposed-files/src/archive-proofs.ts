import { type Content, type Prove, startProof } from "./proof.ts";

function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

function codes(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
}

/** APPNOTE.TXT 4.3.7: a local file header whose first entry has a name of at most 512 printable characters. */
function isZip({ bytes }: Content): boolean {
  const length = word(bytes, 26);
  const name = bytes.subarray(30, 30 + length);
  const isName = length > 0 && length <= 512 && name.every((byte) => byte >= 32);
  return startsWith(bytes, codes("PK\x03\x04")) && isName;
}

/** RFC 1952: deflate, no reserved flag, and a time stamp's and header's worth of bytes behind. */
function isGzip({ bytes }: Content): boolean {
  return startsWith(bytes, [0x1f, 0x8b, 0x08]) && ((bytes[3] ?? 0xff) & 0xe0) === 0 && bytes.length > 18;
}

const FORMATS: readonly [name: string, is: (content: Content) => boolean][] = [
  ["zip", isZip],
  ["gzip", isGzip],
  ["tar", ({ bytes }) => startsWith(bytes, codes("ustar"), 257)],
  ["7z", ({ bytes }) => startsWith(bytes, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ["rar", ({ bytes }) => startsWith(bytes, [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07])],
];

/** By the magic bytes of its format; names of files in it are not shown. */
export const proveArchive: Prove = (content) => {
  const format = FORMATS.find(([, is]) => is(content))?.[0];
  return format === undefined ? null : startProof(`magic bytes of ${format}`);
};

const SQLITE = codes("SQLite format 3\0");

export const proveSqlite: Prove = ({ bytes }) =>
  startsWith(bytes, SQLITE) ? startProof("SQLite format 3") : null;

/** `.svn/wc.db` of Subversion 1.7 and later: a SQLite file with the table of working copies. */
export const proveSvnDatabase: Prove = ({ bytes, text }) =>
  startsWith(bytes, SQLITE) && text.includes("CREATE TABLE WCROOT")
    ? startProof("SQLite format 3: CREATE TABLE WCROOT")
    : null;

/** Swap file of vim: `b0VIM` and its version. The text in it is not shown. */
export const proveVimSwap: Prove = ({ bytes, text }) =>
  startsWith(bytes, codes("b0VIM ")) ? startProof(text.slice(0, 9)) : null;
