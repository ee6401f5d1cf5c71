import { isIPv4 } from "node:net";

/** One question, and what an answer repeats of it. */
export interface DnsQuestion {
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** Header and question as they came; whatever followed is left out. */
  readonly echo: Buffer;
}

/** RFC 1035 §4.1.1, and the types that hits name in words. */
const HEADER_BYTES = 12;
const MAX_NAME = 253;
const CLASS_IN = 1;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [TYPE_A]: "A",
  [TYPE_AAAA]: "AAAA",
  2: "NS",
  5: "CNAME",
  6: "SOA",
  15: "MX",
  16: "TXT",
  33: "SRV",
  65: "HTTPS",
  255: "ANY",
};
const LABEL = /^[\x21-\x7e]{1,63}$/;

export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `TYPE${type}`;
}

/**
 * The question of a message: a standard query with exactly one, of class IN, its name in whole labels of printable ASCII.
 * Null for anything else, which is not worth an answer.
 */
export function readQuestion(message: Buffer): DnsQuestion | null {
  if (message.length < HEADER_BYTES + 5) return null;
  const flags = message.readUInt16BE(2);
  const isStandardQuery = (flags & 0xf800) === 0;
  if (!isStandardQuery || message.readUInt16BE(4) !== 1 || message.readUInt16BE(6) !== 0) return null;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    // Two high bits set: a pointer, for which nothing stands before the first name.
    const label = message.toString("latin1", at + 1, at + 1 + length);
    at += 1 + length;
    if (length > 63 || at + 5 > message.length || !LABEL.test(label)) return null;
    labels.push(label.toLowerCase());
  }
  const name = labels.join(".");
  if (name.length > MAX_NAME || message.readUInt16BE(at + 3) !== CLASS_IN) return null;
  return { name, type: message.readUInt16BE(at + 1), echo: Buffer.from(message.subarray(0, at + 5)) };
}

const AUTHORITATIVE_ANSWER = 0x8400;
const RECURSION_DESIRED = 0x0100;
export const NO_ERROR = 0;
export const NAME_ERROR = 3;
export const REFUSED = 5;

/**
 * The answer to a question: the question itself and, where `address` is of the type asked for, that address with a TTL of
 * 0. At most 28 bytes longer than what was asked. There is no recursion.
 */
export function writeAnswer({ type, echo }: DnsQuestion, code: number, address: string | null): Buffer {
  const head = Buffer.from(echo);
  const asked = head.readUInt16BE(2) & RECURSION_DESIRED;
  head.writeUInt16BE(AUTHORITATIVE_ANSWER | asked | code, 2);
  const data = code === NO_ERROR && address !== null ? addressBytes(type, address) : null;
  head.writeUInt16BE(data ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!data) return head;
  const record = Buffer.alloc(HEADER_BYTES);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, record, data]);
}

/** Null: not the type that the address is of. */
function addressBytes(type: number, address: string): Buffer | null {
  if (isIPv4(address)) return type === TYPE_A ? Buffer.from(address.split(".").map(Number)) : null;
  return type === TYPE_AAAA ? ipv6Bytes(address) : null;
}

function ipv6Bytes(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const hex = [...left, ...zeros, ...right].map((group) => group.padStart(4, "0"));
  return Buffer.from(hex.join(""), "hex");
}
