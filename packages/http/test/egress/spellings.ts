/**
 * Ways to write an address and to put it into a URL, generated: each one has fooled some filter or parser. The ideas are
 * those of the published lists (PortSwigger's URL validation bypasses, PayloadsAllTheThings, SSRF-Testing, the
 * test lists of request-filtering-agent and ssrf-req-filter, and the parser advisories of 2019 to 2026).
 */

type Octets = readonly [number, number, number, number];

function octetsOf(address: string): Octets {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [a, b, c, d];
}

const numberOf = ([a, b, c, d]: Octets) => ((a * 256 + b) * 256 + c) * 256 + d;
const hex = (value: number, width = 1) => value.toString(16).padStart(width, "0");
const octal = (value: number, width = 1) => `0${value.toString(8).padStart(width, "0")}`;

/** Every digit by another character that Unicode normalization reads as it. */
function digits(text: string, zero: number): string {
  return text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

const circled = (text: string) =>
  text.replace(/\d/g, (digit) => (digit === "0" ? "⓪" : String.fromCodePoint(0x245f + Number(digit))));
const superscript = (text: string) => text.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? digit);
const percent = (text: string) =>
  [...text].map((character) => `%${hex(character.charCodeAt(0), 2)}`).join("");

/** The two groups that an IPv4 address is in IPv6. */
const groups = ([a, b, c, d]: Octets) => `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
const inverted = ([a, b, c, d]: Octets): Octets => [255 - a, 255 - b, 255 - c, 255 - d];

type Spell = (octets: Octets, dotted: string) => string;

/** How a host may say an IPv4 address. */
const IPV4_SPELLINGS: Record<string, Spell> = {
  dotted: (_, dotted) => dotted,
  decimal: (octets) => String(numberOf(octets)),
  "decimal beyond 32 bits": (octets) => String(numberOf(octets) + 2 ** 32),
  hex: (octets) => `0x${hex(numberOf(octets))}`,
  "hex in capitals": (octets) => `0X${hex(numberOf(octets), 8).toUpperCase()}`,
  "hex with leading zeros": (octets) => `0x0000${hex(numberOf(octets), 8)}`,
  octal: (octets) => octal(numberOf(octets)),
  "dotted hex": (octets) => octets.map((octet) => `0x${hex(octet)}`).join("."),
  "dotted octal": (octets) => octets.map((octet) => octal(octet)).join("."),
  "dotted octal, padded": (octets) => octets.map((octet) => octal(octet, 6)).join("."),
  // Not where a parser reads another address: zeros make `063` an octal number.
  "dotted decimal, padded": (octets) =>
    octets.map((octet) => (octet < 8 ? `00${octet}` : String(octet))).join("."),
  mixed: ([a, b, c, d]) => `0x${hex(a)}.${b}.${octal(c)}.${d}`,
  "three parts": ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  "two parts": ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  "two parts, hex": ([a, b, c, d]) => `0x${hex(a)}.0x${hex((b * 256 + c) * 256 + d)}`,
  "trailing dot": (_, dotted) => `${dotted}.`,
  "two trailing dots": (_, dotted) => `${dotted}..`,
  "fullwidth digits": (_, dotted) => digits(dotted, 0xff10),
  "mathematical digits": (_, dotted) => digits(dotted, 0x1d7ce),
  "circled digits": (_, dotted) => circled(dotted),
  "superscript digits": (_, dotted) => superscript(dotted),
  "Arabic digits": (_, dotted) => digits(dotted, 0x660),
  "ideographic full stops": (_, dotted) => dotted.replaceAll(".", "。"),
  "fullwidth full stops": (_, dotted) => dotted.replaceAll(".", "．"),
  "halfwidth full stops": (_, dotted) => dotted.replaceAll(".", "｡"),
  "escaped dots": (_, dotted) => dotted.replaceAll(".", "%2e"),
  "escaped throughout": (_, dotted) => percent(dotted),
  "escaped twice": (_, dotted) => dotted.replaceAll(".", "%252e"),
  "soft hyphen": (_, dotted) => dotted.replace(".", "\u00ad."),
  "zero width space": (_, dotted) => dotted.replace(".", "\u200b."),
  "NUL after it": (_, dotted) => `${dotted}%00.example.com`,
  mapped: (_, dotted) => `[::ffff:${dotted}]`,
  "mapped, hex": (octets) => `[::ffff:${groups(octets)}]`,
  "mapped, in full": (octets) => `[0000:0:0:0:0:FFFF:${groups(octets).toUpperCase()}]`,
  "mapped, with a zone": (octets) => `[::ffff:${groups(octets)}%25lo]`,
  compatible: (_, dotted) => `[::${dotted}]`,
  translated: (octets) => `[::ffff:0:${groups(octets)}]`,
  NAT64: (octets) => `[64:ff9b::${groups(octets)}]`,
  "NAT64 of a site": (octets) => `[64:ff9b:1::${groups(octets)}]`,
  "6to4": (octets) => `[2002:${groups(octets)}::1]`,
  "Teredo client": (octets) => `[2001:0:a00:1:0:0:${groups(inverted(octets))}]`,
  "Teredo server": (octets) => `[2001:0:${groups(octets)}::1]`,
  "name that says it": (_, dotted) => `${dotted}.nip.test`,
  "name that says it with dashes": (_, dotted) => `app-${dotted.replaceAll(".", "-")}.nip.test`,
  "name that says it in hex": (octets) => `${hex(numberOf(octets), 8)}.nip.test`,
  "name in capitals with a dot": (_, dotted) => `${dotted}.NIP.test.`,
};

type Spell6 = (address: string) => string;

/** How a host may say an IPv6 address. */
const IPV6_SPELLINGS: Record<string, Spell6> = {
  compressed: (address) => `[${address}]`,
  "in capitals": (address) => `[${address.toUpperCase()}]`,
  "in full": (address) => `[${expanded(address).join(":")}]`,
  "padded in full": (address) =>
    `[${expanded(address)
      .map((group) => group.padStart(4, "0"))
      .join(":")}]`,
  "with a zone": (address) => `[${address}%25lo]`,
  "with a bare zone": (address) => `[${address}%lo]`,
  "without brackets": (address) => address,
  "escaped brackets": (address) => `%5b${address}%5d`,
  "dotted tail": (address) => {
    const all = expanded(address).map((group) => Number.parseInt(group, 16));
    const [high = 0, low = 0] = all.slice(6);
    const tail = [high >> 8, high & 255, low >> 8, low & 255].join(".");
    return `[${all
      .slice(0, 6)
      .map((group) => hex(group))
      .join(":")}:${tail}]`;
  },
  "name that says it": (address) => `${address.replaceAll(":", "-")}.six.test`,
};

function expanded(address: string): string[] {
  const [head = "", tail = ""] = address.split("::");
  const [left, right] = [head, tail].map((side) => (side === "" ? [] : side.split(":")));
  const zeros = Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill("0");
  return [...(left ?? []), ...zeros, ...(right ?? [])];
}

export interface Spelling {
  what: string;
  /** As it stands in a URL: IPv6 in brackets. */
  host: string;
}

export function spellingsOf(address: string): Spelling[] {
  const of = address.includes(":")
    ? Object.entries(IPV6_SPELLINGS).map(([what, spell]) => ({ what, host: spell(address) }))
    : Object.entries(IPV4_SPELLINGS).map(([what, spell]) => ({
        what,
        host: spell(octetsOf(address), address),
      }));
  return of.map(({ what, host }) => ({ what: `${address}: ${what}`, host }));
}

/** Where in a URL the address may stand; `good` is a `host:port` that may be reached. */
const POSITIONS: Record<string, (bad: string, port: number, good: string) => string> = {
  "user info before it": (bad, port, good) => `http://${good}@${bad}:${port}/`,
  "user and password before it": (bad, port, good) => `http://${good.replace(":", ":x")}@${bad}:${port}/`,
  "two at signs": (bad, port, good) => `http://${good}@x@${bad}:${port}/`,
  "encoded at sign": (bad, port, good) => `http://${good}%40${bad}:${port}/`,
  "at sign behind a backslash": (bad, port, good) => `http://${good}\\@${bad}:${port}/`,
  "backslash behind it": (bad, port, good) => `http://${bad}:${port}\\@${good}/`,
  "fragment behind it": (bad, port, good) => `http://${bad}:${port}#@${good}/`,
  "encoded fragment": (bad, port, good) => `http://${bad}:${port}%23@${good}/`,
  "query behind it": (bad, port, good) => `http://${bad}:${port}?@${good}/`,
  "semicolon behind it": (bad, port, good) => `http://${bad}:${port};@${good}/`,
  "in the good one's fragment": (bad, port, good) => `http://${good}#@${bad}:${port}/`,
  "in the good one's query": (bad, port, good) => `http://${good}?@${bad}:${port}/`,
  "behind a space": (bad, port, good) => `http://${good} @${bad}:${port}/`,
  "behind a CR LF": (bad, port, good) => `http://${good}\r\n@${bad}:${port}/`,
  "behind a tab in the scheme": (bad, port) => `ht\ttp://${bad}:${port}/`,
  "behind newlines": (bad, port) => `\n http://${bad}:\n${port}/`,
  "no scheme": (bad, port) => `//${bad}:${port}/`,
  "no scheme, backslashes": (bad, port) => `\\\\${bad}:${port}\\`,
  "no scheme, one of each": (bad, port) => `/\\${bad}:${port}/`,
  "no scheme, tab between": (bad, port) => `/\t/${bad}:${port}/`,
  "one slash": (bad, port) => `http:/${bad}:${port}/`,
  "no slash": (bad, port) => `http:${bad}:${port}/`,
  "three slashes": (bad, port) => `http:///${bad}:${port}/`,
  backslashes: (bad, port) => `http:\\\\${bad}:${port}\\`,
  "scheme in capitals": (bad, port) => `HTTP://${bad}:${port}/`,
  "port with zeros": (bad, port) => `http://${bad}:00000${port}/`,
  "port beyond 16 bits": (bad, port) => `http://${bad}:${port + 65_536}/`,
  "port in fullwidth digits": (bad, port) => `http://${bad}:${digits(String(port), 0xff10)}/`,
  "two ports": (bad, port, good) => `http://${good}:${port}@${bad}:${port}/`,
  "path that looks good": (bad, port, good) => `http://${bad}:${port}/http://${good}/`,
  "path that climbs": (bad, port, good) => `http://${good}/..//${bad}:${port}/`,
  "another scheme": (bad, port) => `https://${bad}:${port}/`,
  websocket: (bad, port) => `ws://${bad}:${port}/`,
  gopher: (bad, port) => `gopher://${bad}:${port}/_GET%20/`,
  ftp: (bad, port) => `ftp://${bad}:${port}/`,
  "URL in a URL": (bad, port) => `url:http://${bad}:${port}/`,
};

/** Names for one's own machine and for metadata services, which no resolver decides. */
const NAMES = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
  "ｌｏｃａｌｈｏｓｔ",
  "loc%61lhost",
  "local\u00adhost",
  "metadata.google.internal",
  "METADATA.google.internal.",
  "metadata。google。internal",
  "metadata.goog",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
  "metadata",
];

/** Denied whatever the rules say; the first five can be listened at, so that a test sees who comes. */
export const CANARY_ADDRESSES = ["127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "::1"];
const UNREACHABLE_ADDRESSES = [
  "169.254.169.254",
  "169.254.170.2",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "fe80::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fd00:c1::a9fe:a9fe",
  "fd00:42::42",
];

export interface BypassUrl {
  what: string;
  url: string;
}

/** Every spelling of every denied address, and every position of the plain and three odd spellings of the canaries. */
export function bypassUrls(port: number, good: string): BypassUrl[] {
  const all = [...CANARY_ADDRESSES, ...UNREACHABLE_ADDRESSES].flatMap(spellingsOf);
  const plain = [...all, ...NAMES.map((host) => ({ what: "name", host }))];
  const placed = ["127.0.0.2", "2130706434", "0177.0.0.2", "[::ffff:7f00:2]", "[::1]"];
  return [
    ...plain.map(({ what, host }) => ({ what, url: `http://${host}:${port}/` })),
    ...placed.flatMap((host) =>
      Object.entries(POSITIONS).map(([what, place]) => ({
        what: `${host}, ${what}`,
        url: place(host, port, good),
      })),
    ),
  ];
}

/** Answers for names that say their address, as nip.io and sslip.io do; everything else is the canary. */
export async function sayingResolver(host: string): Promise<string[]> {
  const name = host.replace(/\.(nip|six)\.test$/, "");
  if (host.endsWith(".six.test")) return [name.replaceAll("-", ":")];
  const [, a = "", b = "", c = "", d = ""] = /(\d+)[.-](\d+)[.-](\d+)[.-](\d+)$/.exec(name) ?? [];
  if (d !== "") return [[a, b, c, d].join(".")];
  if (/^[0-9a-f]{8}$/.test(name)) {
    const value = Number.parseInt(name, 16);
    return [[24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".")];
  }
  return ["127.0.0.2"];
}
