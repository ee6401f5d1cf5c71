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

/** The upper 96 bits of `::ffff:0:0/96` (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = 0xffffn;

const OCTET = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const IPV4 = new RegExp(`^${Array(4).fill(OCTET).join("[.]")}$`);

function parseIpv4(text: string): bigint | null {
  const octets = IPV4.exec(text)?.slice(1);
  return octets ? BigInt(octets.reduce((value, octet) => value * 256 + Number(octet), 0)) : null;
}

/** The groups of one side of `::`. A dotted tail counts as two groups, and only the last side may carry one. */
function ipv6Groups(text: string, isLast: boolean): string[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const dotted = groups.at(-1)?.includes(".") ? groups.pop() : undefined;
  if (dotted === undefined) return groups;
  const embedded = isLast ? parseIpv4(dotted) : null;
  if (embedded === null) return null;
  return [...groups, (embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16)];
}

function parseIpv6(text: string): bigint | null {
  const sides = text.split("::");
  if (sides.length > 2) return null;
  const isCompressed = sides.length === 2;
  const head = ipv6Groups(sides[0] ?? "", !isCompressed);
  const tail = ipv6Groups(sides[1] ?? "", true);
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (isCompressed ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** The number a canonical spelling stands for, in the family it is written in. */
function parseAsWritten(text: string): IpAddress | null {
  const four = parseIpv4(text);
  if (four !== null) return { family: 4, value: four };
  const isBracketed = text.startsWith("[") && text.endsWith("]");
  const bare = isBracketed ? text.slice(1, -1) : text;
  const six = bare.includes(":") ? parseIpv6(bare) : null;
  return six === null ? null : { family: 6, value: six };
}

function isMapped({ family, value }: IpAddress): boolean {
  return family === 6 && value >> 32n === MAPPED_PREFIX;
}

/**
 * Reads the canonical spellings only: dotted decimal without leading zeros, and RFC 4291 text (brackets allowed).
 * Everything else (octal, hex, short forms, zone ids) is null: a caller must treat null as denied.
 */
export function tryParseIp(text: string): IpAddress | null {
  const address = parseAsWritten(text);
  return address && isMapped(address) ? { family: 4, value: address.value & 0xffffffffn } : address;
}

/**
 * Reads `address/prefix`, or a lone address as a block of one. A block of IPv4-mapped addresses is read as the IPv4
 * block it stands for. Null when the address or the length is wrong.
 */
export function tryParseCidr(text: string): Cidr | null {
  const [address = "", length, ...rest] = text.split("/");
  const written = parseAsWritten(address);
  const base = tryParseIp(address);
  if (!written || !base || rest.length > 0) return null;
  const width = widthOf(written.family);
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  const prefix = (length === undefined ? width : Number(length)) - (width - widthOf(base.family));
  return prefix >= 0 && prefix <= widthOf(base.family) ? { base, prefix } : null;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

export function cidrContains(block: Cidr, address: IpAddress): boolean {
  if (block.base.family !== address.family) return false;
  const shift = BigInt(widthOf(address.family) - block.prefix);
  return block.base.value >> shift === address.value >> shift;
}

/** Whether every address of `inner` is one of `outer`. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && cidrContains(outer, inner.base);
}

interface Ipv4Carrier {
  block: string;
  /** Bits to the right of the carried address. */
  at: bigint;
  /** Teredo stores the client's address inverted. */
  isInverted?: boolean;
}

const IPV4_CARRIERS = (
  [
    // IPv4-compatible, RFC 4291 §2.5.5.1
    { block: "::/96", at: 0n },
    // IPv4-translated, RFC 2765 §2.1
    { block: "::ffff:0:0:0/96", at: 0n },
    // NAT64, RFC 6052 §2.1
    { block: "64:ff9b::/96", at: 0n },
    // NAT64 for local use, RFC 8215, with the /96 layout of RFC 6052 §2.2
    { block: "64:ff9b:1::/48", at: 0n },
    // 6to4, RFC 3056 §2
    { block: "2002::/16", at: 80n },
    // Teredo, RFC 4380 §4: server, then client
    { block: "2001::/32", at: 64n },
    { block: "2001::/32", at: 0n, isInverted: true },
  ] satisfies Ipv4Carrier[]
).map((carrier: Ipv4Carrier) => ({ ...carrier, block: mustParseCidr(carrier.block) }));

/** As `tryParseCidr`, for blocks that are written in code. */
export function mustParseCidr(text: string): Cidr {
  const block = tryParseCidr(text);
  if (!block) throw new TypeError(`not a CIDR block: ${text}`);
  return block;
}

/** IPv4 addresses that an IPv6 one carries for a translator or tunnel on the way. */
export function embeddedIpv4(address: IpAddress): IpAddress[] {
  return IPV4_CARRIERS.filter(({ block }) => cidrContains(block, address)).map(({ at, isInverted }) => {
    const carried = (address.value >> at) & 0xffffffffn;
    return { family: 4, value: isInverted ? carried ^ 0xffffffffn : carried };
  });
}
