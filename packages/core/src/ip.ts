/** An IP address as a number of its family's width; IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is read as IPv4. */
export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

/** An address block: every address whose first `prefix` bits equal those of `base`. */
export interface Cidr {
  base: IpAddress;
  prefix: number;
}

const MAPPED_PREFIX = 0xffffn << 32n;

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function ipv6Groups(text: string): string[] | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (!dotted) return text === "" ? [] : text.split(":");
  const embedded = parseIpv4(dotted[2] ?? "");
  if (embedded === null) return null;
  const tail = [(embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16)];
  const head = (dotted[1] ?? "").slice(0, -1);
  return head === "" ? tail : [...head.split(":"), ...tail];
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map((half, index) => {
    const isCompressedHead = index === 0 && halves.length === 2;
    return isCompressedHead ? (half === "" ? [] : half.split(":")) : ipv6Groups(half);
  });
  const [head, tail] = [groups[0], groups[1]];
  if (!head || tail === null) return null;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/**
 * Reads the canonical spellings only: dotted decimal without leading zeros, and RFC 4291 text (brackets allowed).
 * Everything else (octal, hex, short forms, zone ids) is null: a caller must treat null as denied.
 */
export function tryParseIp(text: string): IpAddress | null {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const four = parseIpv4(bare);
  if (four !== null) return { family: 4, value: four };
  if (!bare.includes(":")) return null;
  const six = parseIpv6(bare);
  if (six === null) return null;
  return six >> 32n === MAPPED_PREFIX >> 32n
    ? { family: 4, value: six & 0xffffffffn }
    : { family: 6, value: six };
}

/** Reads `address/prefix`, or a lone address as a block of one. Null when the address or the length is wrong. */
export function tryParseCidr(text: string): Cidr | null {
  const [address = "", length, ...rest] = text.split("/");
  const base = tryParseIp(address);
  if (!base || rest.length > 0) return null;
  const width = base.family === 4 ? 32 : 128;
  if (length === undefined) return { base, prefix: width };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return null;
  return { base, prefix: Number(length) };
}

export function cidrContains(block: Cidr, address: IpAddress): boolean {
  if (block.base.family !== address.family) return false;
  const shift = BigInt((address.family === 4 ? 32 : 128) - block.prefix);
  return block.base.value >> shift === address.value >> shift;
}

const IPV4_CARRIERS = [
  { name: "NAT64", prefix: 0x0064ff9bn << 96n, bits: 96n, at: 0n },
  { name: "6to4", prefix: 0x2002n << 112n, bits: 16n, at: 80n },
  { name: "IPv4-compatible", prefix: 0n, bits: 96n, at: 0n },
];

/** IPv4 addresses hidden in an IPv6 one (NAT64 RFC 6052, 6to4 RFC 3056, IPv4-compatible RFC 4291 §2.5.5.1). */
export function embeddedIpv4(address: IpAddress): IpAddress[] {
  if (address.family === 4) return [];
  return IPV4_CARRIERS.filter(
    ({ prefix, bits }) => address.value >> (128n - bits) === prefix >> (128n - bits),
  ).map(({ at }) => ({ family: 4, value: (address.value >> at) & 0xffffffffn }));
}
