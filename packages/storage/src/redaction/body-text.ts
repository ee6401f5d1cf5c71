/** How a body's bytes become a text in which secrets are looked for, and back without loss. */
export interface TextCodec {
  /** Encoding of the text's characters when their bytes are needed. */
  characters: "latin1" | "utf8";
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

/**
 * Every charset of the web but UTF-16 writes ASCII as ASCII, and all rules look for ASCII; so one character for each
 * byte finds the same and gives back every other byte as it was, whatever the charset.
 */
const BYTES: TextCodec = {
  characters: "latin1",
  decode: (bytes) => asBuffer(bytes).toString("latin1"),
  encode: (text) => Buffer.from(text, "latin1"),
};

const UTF16LE: TextCodec = {
  characters: "utf8",
  decode: (bytes) => asBuffer(bytes).toString("utf16le"),
  encode: (text) => Buffer.from(text, "utf16le"),
};

const UTF16BE: TextCodec = {
  characters: "utf8",
  decode: (bytes) => swapped(asBuffer(bytes)).toString("utf16le"),
  encode: (text) => swapped(Buffer.from(text, "utf16le")),
};

const TEXT_TYPE =
  /^(?:text\/|message\/|application\/(?:[\w.+-]*(?:json|xml|javascript|ecmascript|yaml|graphql|sql)|x-www-form-urlencoded|x-ndjson|x-sh|toml)|multipart\/form-data|image\/svg)/i;

const SNIFFED_BYTES = 8_192;

/** The codec for a body of text, or null for a binary one. What is declared as binary but reads as text is text. */
export function textCodec(bytes: Uint8Array, contentType: string | null): TextCodec | null {
  const declared = contentType ?? "";
  if (startsWith(bytes, 0xff, 0xfe) || /charset="?utf-16le/i.test(declared)) return UTF16LE;
  if (startsWith(bytes, 0xfe, 0xff) || /charset="?utf-16/i.test(declared)) return UTF16BE;
  const isText = TEXT_TYPE.test(declared) || !bytes.subarray(0, SNIFFED_BYTES).some(isControl);
  return isText ? BYTES : null;
}

/** Control characters that no text has: all but tab, line ends, form feed and escape (WHATWG MIME Sniffing §3). */
function isControl(byte: number): boolean {
  return byte < 0x09 || byte === 0x0b || (byte > 0x0d && byte < 0x20 && byte !== 0x1b);
}

function startsWith(bytes: Uint8Array, first: number, second: number): boolean {
  return bytes[0] === first && bytes[1] === second;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Byte pairs exchanged; an odd byte at the end, which is half a character, is left out. */
function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
}
