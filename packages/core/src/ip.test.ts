import { isIP } from "node:net";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  cidrContains,
  cidrCovers,
  embeddedIpv4,
  type IpAddress,
  mustParseCidr,
  tryParseCidr,
  tryParseIp,
} from "./ip.ts";

const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const anyIpv6 = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(fc.array(group, { maxLength: 6 }), fc.array(group, { maxLength: 6 }), fc.option(fc.ipV4()))
    .map(([head, tail, dotted]) => `${head.join(":")}::${[...tail, ...(dotted ? [dotted] : [])].join(":")}`),
);
/** Texts that look like addresses, most of them broken. */
const nearAddress = fc.oneof(
  anyIpv6,
  fc
    .array(
      fc.constantFrom(":", "::", ".", "0", "1", "00", "ffff", "10000", "255", "256", "%1", " ", "x", "/"),
      {
        maxLength: 14,
      },
    )
    .map((parts) => parts.join("")),
);

/**
 * The reference's reading: an address as its number, IPv4-mapped as IPv4. Node decides what is an address, and URL
 * rewrites dotted tails first, because ipaddr.js reads `::1.2.3.4` as IPv4-mapped.
 */
function reference(text: string): { family: number; value: bigint } | null {
  if (isIP(text) === 0 || text.includes("%")) return null;
  const plain = isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
  const address = ipaddr.process(plain);
  return {
    family: address.kind() === "ipv4" ? 4 : 6,
    value: address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n),
  };
}

describe("tryParseIp", () => {
  it("reads every dotted IPv4 address as ipaddr.js does", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => expect(tryParseIp(text)).toEqual(reference(text))));
  });

  it("reads IPv6 text, broken or not, as ipaddr.js does", () => {
    fc.assert(
      fc.property(
        nearAddress.filter((text) => text.includes(":")),
        (text) => expect(tryParseIp(text)).toEqual(reference(text)),
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(["127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4"])(
    "leaves the non-canonical spelling %s unread",
    (text) => expect(tryParseIp(text)).toBeNull(),
  );

  it.each(["", "[1.2.3.4]", "[::1", "::1]", "fe80::1%eth0", " ::1", "1.2.3.4::", "::1.2.3.4:5", "①.2.3.4"])(
    "leaves %j unread",
    (text) => expect(tryParseIp(text)).toBeNull(),
  );

  it("reads an IPv4-mapped address as the IPv4 address it stands for", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => expect(tryParseIp(`[::ffff:${text}]`)).toEqual(tryParseIp(text))),
    );
  });
});

function contains(block: string, address: string): boolean {
  const parsed = tryParseIp(address);
  return parsed !== null && cidrContains(mustParseCidr(block), parsed);
}

/** `text` with one bit changed, so that it lies inside some of the blocks around it and outside others. */
function flipBit(text: string, bit: number): string {
  const bytes = ipaddr.parse(text).toByteArray();
  const index = (bit >> 3) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (0x80 >> (bit & 7));
  return ipaddr.fromByteArray(bytes).toString();
}

describe("tryParseCidr", () => {
  it("contains the IPv4 addresses that ipaddr.js matches", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(32), fc.nat(31), (base, prefix, bit) => {
        const address = flipBit(base, bit);
        const matches = ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parse(base), prefix);
        expect(contains(`${base}/${prefix}`, address)).toBe(matches);
      }),
      { numRuns: 500 },
    );
  });

  it("contains the IPv6 addresses that ipaddr.js matches", () => {
    const globalIpv6 = fc.ipV6().filter((text) => /^[23]/.test(text) && !text.includes("."));
    fc.assert(
      fc.property(globalIpv6, fc.nat(128), fc.nat(127), (base, prefix, bit) => {
        const address = flipBit(base, bit);
        const matches = ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse(base), prefix);
        expect(contains(`${base}/${prefix}`, address)).toBe(matches);
      }),
      { numRuns: 500 },
    );
  });

  it("contains no address of the other family", () => {
    expect(contains("0.0.0.0/0", "2001:db8::1")).toBe(false);
    expect(contains("::/0", "10.0.0.1")).toBe(false);
  });

  it("reads a block of IPv4-mapped addresses as the IPv4 block", () => {
    expect(tryParseCidr("::ffff:10.0.0.0/104")).toEqual(tryParseCidr("10.0.0.0/8"));
    expect(tryParseCidr("::ffff:10.0.0.0/8")).toBeNull();
    expect(tryParseCidr("::ffff:10.0.0.0")).toEqual(tryParseCidr("10.0.0.0/32"));
  });

  it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "::/129", "/8", "a/8"])(
    "refuses %s",
    (text) => expect(tryParseCidr(text)).toBeNull(),
  );

  it("covers a block exactly when its first and last address are inside", () => {
    const block = fc
      .tuple(fc.nat(15), fc.nat(8))
      .map(([base, prefix]) => mustParseCidr(`${base * 16}.0.0.0/${prefix}`));
    fc.assert(
      fc.property(block, block, (outer, inner) => {
        const rest = (1n << BigInt(32 - inner.prefix)) - 1n;
        const first: IpAddress = { family: 4, value: inner.base.value & ~rest };
        const last: IpAddress = { family: 4, value: inner.base.value | rest };
        const bothInside = cidrContains(outer, first) && cidrContains(outer, last);
        expect(cidrCovers(outer, inner)).toBe(bothInside);
      }),
      { numRuns: 500 },
    );
  });
});

describe("embeddedIpv4", () => {
  it.each([
    ["::10.1.2.3", "IPv4-compatible"],
    ["::ffff:0:10.1.2.3", "IPv4-translated"],
    ["64:ff9b::10.1.2.3", "NAT64"],
    ["64:ff9b:1::10.1.2.3", "local NAT64"],
    ["2002:a01:203::1", "6to4"],
    ["2001:0:a01:203::1", "Teredo server"],
    ["2001:0:1:1::f5fe:fdfc", "Teredo client"],
  ])("finds 10.1.2.3 in %s (%s)", (text) => {
    const address = tryParseIp(text);
    expect(address && embeddedIpv4(address)).toContainEqual(tryParseIp("10.1.2.3"));
  });

  it("finds none in a plain address", () => {
    for (const text of ["10.1.2.3", "2606:4700::1111", "fd00::1"]) {
      const address = tryParseIp(text);
      expect(address && embeddedIpv4(address)).toEqual([]);
    }
  });
});
