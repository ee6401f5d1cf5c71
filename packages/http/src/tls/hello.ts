import { randomBytes } from "node:crypto";
import type { TlsVersion } from "@picket/core";

/** Numbers on the wire (RFC 6101, 2246, 4346, 5246, 8446). */
const VERSIONS: Record<TlsVersion, number> = {
  SSLv3: 0x0300,
  TLSv1: 0x0301,
  "TLSv1.1": 0x0302,
  "TLSv1.2": 0x0303,
  "TLSv1.3": 0x0304,
};

const HANDSHAKE_RECORD = 22;
const ALERT_RECORD = 21;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** A renegotiation that cannot be inserted (RFC 5746): some servers refuse who does not say so. */
const SECURE_RENEGOTIATION = 0x00ff;
const SUPPORTED_VERSIONS = 43;
/** x25519, then P-256, P-384, P-521. */
const GROUPS = [29, 23, 24, 25];
/** ECDSA, RSA-PSS, RSA PKCS #1 and Ed25519 by SHA-2, then by SHA-1, so that nothing is refused for its signature. */
const SIGNATURES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202,
];

function number(value: number, bytes: 1 | 2 | 3): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** Bytes with their length before them. */
function sized(lengthBytes: 1 | 2 | 3, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([number(body.length, lengthBytes), body]);
}

const words = (values: readonly number[]) => Buffer.concat(values.map((value) => number(value, 2)));
const extension = (id: number, ...parts: Buffer[]) => Buffer.concat([number(id, 2), sized(2, ...parts)]);

function extensionsOf(version: TlsVersion, serverName: string | null): Buffer[] {
  const name = serverName && extension(0, sized(2, number(0, 1), sized(2, Buffer.from(serverName, "ascii"))));
  const common = [
    extension(10, sized(2, words(GROUPS))),
    extension(11, sized(1, number(0, 1))),
    extension(13, sized(2, words(SIGNATURES))),
  ];
  // No key share: the target names the group that it wants (HelloRetryRequest), which says all that is asked.
  const newest = [
    extension(SUPPORTED_VERSIONS, sized(1, number(VERSIONS[version], 2))),
    extension(51, sized(2)),
  ];
  return [...(name ? [name] : []), ...common, ...(version === "TLSv1.3" ? newest : [])];
}

/** A ClientHello that offers that version and those suites, as one record. */
export function clientHello(
  version: TlsVersion,
  ciphers: readonly number[],
  serverName: string | null,
): Buffer {
  const isNewest = version === "TLSv1.3";
  const stated = isNewest ? VERSIONS["TLSv1.2"] : VERSIONS[version];
  const suites = isNewest ? ciphers : [...ciphers, SECURE_RENEGOTIATION];
  const extensions = version === "SSLv3" ? [] : [sized(2, ...extensionsOf(version, serverName))];
  const body = Buffer.concat([
    number(stated, 2),
    randomBytes(32),
    sized(1, isNewest ? randomBytes(32) : Buffer.alloc(0)),
    sized(2, words(suites)),
    sized(1, number(0, 1)),
    ...extensions,
  ]);
  const message = Buffer.concat([number(CLIENT_HELLO, 1), sized(3, body)]);
  const recordVersion = Math.min(stated, VERSIONS.TLSv1);
  return Buffer.concat([number(HANDSHAKE_RECORD, 1), number(recordVersion, 2), sized(2, message)]);
}

export type ServerAnswer =
  | { readonly kind: "hello"; readonly version: TlsVersion; readonly cipher: number }
  /** Number of the alert (RFC 8446 §6). */
  | { readonly kind: "alert"; readonly alert: number }
  /** More bytes are needed. */
  | { readonly kind: "incomplete" }
  /** Not an answer that TLS knows. */
  | { readonly kind: "foreign" };

/** The version that the extension names, TLS 1.3's way of saying so. */
function namedVersion(extensions: Buffer): number | null {
  for (let at = 0; at + 4 <= extensions.length; at += 4 + extensions.readUInt16BE(at + 2))
    if (extensions.readUInt16BE(at) === SUPPORTED_VERSIONS && at + 6 <= extensions.length)
      return extensions.readUInt16BE(at + 4);
  return null;
}

/** A ServerHello's body: version, random, session id, suite, compression, extensions. */
function serverHello(body: Buffer): ServerAnswer {
  const cipherAt = 35 + (body[34] ?? 0);
  if (body.length < cipherAt + 3) return { kind: "foreign" };
  const number = namedVersion(body.subarray(cipherAt + 5)) ?? body.readUInt16BE(0);
  const version = TLS_VERSIONS.find((name) => VERSIONS[name] === number);
  return version ? { kind: "hello", version, cipher: body.readUInt16BE(cipherAt) } : { kind: "foreign" };
}

const TLS_VERSIONS = Object.keys(VERSIONS) as TlsVersion[];

/** What the first record of an answer says. Throws nothing, whatever the bytes are. */
export function serverAnswer(bytes: Buffer): ServerAnswer {
  if (bytes.length < 5) return { kind: "incomplete" };
  const type = bytes[0];
  if ((type !== HANDSHAKE_RECORD && type !== ALERT_RECORD) || bytes[1] !== 3) return { kind: "foreign" };
  const record = bytes.subarray(5, 5 + bytes.readUInt16BE(3));
  if (type === ALERT_RECORD)
    return bytes.length < 7 ? { kind: "incomplete" } : { kind: "alert", alert: record[1] ?? 0 };
  if (record.length < 4) return { kind: "incomplete" };
  const length = record.readUIntBE(1, 3);
  if (record[0] !== SERVER_HELLO || length > 16_384) return { kind: "foreign" };
  return record.length < 4 + length ? { kind: "incomplete" } : serverHello(record.subarray(4, 4 + length));
}
