import { createHmac } from "node:crypto";

export interface TotpSettings {
  digits: number;
  periodSeconds: number;
  algorithm: "sha1" | "sha256" | "sha512";
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bytes of a seed as authenticator apps are given it (RFC 4648 §6); blanks, dashes, padding and case do not matter. */
function seedBytes(seed: string): Buffer {
  const digits = [...seed.toUpperCase().replace(/[\s=-]/g, "")].map((digit) => BASE32.indexOf(digit));
  const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The one-time code of this time (RFC 6238 §4, truncated as in RFC 4226 §5.3). */
export function totpCode(seed: string, at: Date, { digits, periodSeconds, algorithm }: TotpSettings): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 1_000 / periodSeconds)));
  const hash = createHmac(algorithm, seedBytes(seed)).update(counter).digest();
  const offset = hash.readUInt8(hash.length - 1) & 0xf;
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}
