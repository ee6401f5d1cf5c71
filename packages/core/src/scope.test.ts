import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { tryParseIp } from "./ip.ts";
import {
  decideAddresses,
  decideUrl,
  deniedAddress,
  PortRange,
  ScopePattern,
  type ScopePolicy,
  type ScopeRefusal,
  type ScopeRule,
} from "./scope.ts";
import { parseWebUrl } from "./web-url.ts";

function policyFor(base: string, ...rules: [pattern: string, ...ports: string[]][]): ScopePolicy {
  const scopeRules: ScopeRule[] = rules.map(([pattern, ...ports]) => ({ pattern, ports }));
  return { base: parseWebUrl(base), rules: scopeRules, platform: [] };
}

function urlRefusal(url: string, policy: ScopePolicy): ScopeRefusal | null {
  const decision = decideUrl(parseWebUrl(url), policy);
  return decision.allowed ? null : decision.reason;
}

function addressRefusal(addresses: string[], policy: ScopePolicy, url?: string): ScopeRefusal | null {
  const decision = decideAddresses(addresses, url ? parseWebUrl(url) : policy.base, policy);
  return decision.allowed ? null : decision.reason;
}

describe("ScopePattern", () => {
  it.each([
    [" App.Example.COM. ", "app.example.com"],
    ["*.example.com", "*.example.com"],
    ["localhost", "localhost"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["fd00::/8", "fd00::/8"],
    ["::1", "::1"],
    ["my_host", "my_host"],
  ])("accepts %j as %s", (text, pattern) => expect(ScopePattern.parse(text)).toBe(pattern));

  it.each([
    "*",
    "*.*.example.com",
    "a.*.com",
    "http://a.example",
    "a.example:80",
    "127.1",
    "0x7f.1",
    "10.0.0.0/33",
    "a..b",
    "",
  ])("refuses %j", (text) => expect(ScopePattern.safeParse(text).success).toBe(false));
});

describe("PortRange", () => {
  it.each(["*", "443", " 8000-8100 ", "1-65535"])("accepts %j", (text) =>
    expect(PortRange.safeParse(text).success).toBe(true),
  );

  it.each(["0", "65536", "90-80", "80,443", "-80", "80-", "http"])("refuses %j", (text) =>
    expect(PortRange.safeParse(text).success).toBe(false),
  );
});

describe("deniedAddress", () => {
  const denied = [
    "0.0.0.0",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "fd20:ce::254",
  ];
  const inIpv6 = ["::ffff:A", "::A", "::ffff:0:A", "64:ff9b::A", "64:ff9b:1::A"];
  const carried = denied
    .filter((address) => address.includes("."))
    .flatMap((address) => inIpv6.map((form) => form.replace("A", address)));

  it.each([...denied, ...carried, "2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1", "2001:0:a:a::5601:5601"])(
    "denies %s",
    (text) => {
      const address = tryParseIp(text);
      expect(address && deniedAddress(address)).toEqual(expect.any(String));
    },
  );

  it.each(["64:ff9b::127.0.0.1", "2002:7f00:1::", "::127.0.0.1"])("denies loopback carried in %s", (text) => {
    const address = tryParseIp(text);
    expect(address && deniedAddress(address)).toEqual(expect.any(String));
  });

  it.each([
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "1.1.1.1",
    "fd00::1",
    "2606:4700::1111",
    "127.0.0.1",
    "::1",
  ])("leaves %s to the rules", (text) => {
    const address = tryParseIp(text);
    expect(address && deniedAddress(address)).toBeNull();
  });

  it("denies whatever the rules say", () => {
    const everything = policyFor(
      "http://app.example/",
      ["app.example", "*"],
      ["0.0.0.0/0", "*"],
      ["::/0", "*"],
    );
    for (const address of [...denied, ...carried]) {
      expect(addressRefusal([address], everything)).toBe("denied_address");
    }
  });
});

describe("decideUrl", () => {
  const policy = policyFor("https://app.example/shop/", ["app.example", "443", "8000-8100"]);

  it.each([
    ["https://app.example/shop/", null],
    ["https://app.example/shop/cart?next=http://evil.example/", null],
    ["https://APP.example.:443/shop/", null],
    ["https://app.example:8042/shop/", null],
    ["http://app.example/shop/", "no_scope_entry"],
    ["https://app.example:8101/shop/", "no_scope_entry"],
    ["https://evil.example/shop/", "other_host"],
    ["https://app.example.evil.example/shop/", "other_host"],
    ["https://sub.app.example/shop/", "other_host"],
    ["https://127.0.0.1/shop/", "other_host"],
    ["https://app.example/", "outside_base_path"],
    ["https://app.example/shop", "outside_base_path"],
    ["https://app.example/shopping/", "outside_base_path"],
    ["https://app.example/shop/../admin", "outside_base_path"],
    ["https://app.example/shop/%2e%2e/admin", "outside_base_path"],
    ["https://app.example/shop/..%2fadmin", "outside_base_path"],
    ["https://app.example/shop/%2E%2E%5Cadmin", "outside_base_path"],
    ["https://app.example/shop/.%252e%252fadmin", "outside_base_path"],
    ["https://app.example/shop/..;/admin", "outside_base_path"],
    ["https://app.example/shop/..%3bx/admin", "outside_base_path"],
    ["https://app.example/shop/a..b/..c/%2e%2e%2e", null],
  ] as const)("%s: %s", (url, refusal) => expect(urlRefusal(url, policy)).toBe(refusal));

  it("opens the whole host for a base without a directory, encoded parents too", () => {
    const whole = policyFor("https://app.example/index.html", ["app.example", "443"]);
    expect(urlRefusal("https://app.example/admin", whole)).toBeNull();
    expect(urlRefusal("https://app.example/..%2f..%2fetc/passwd", whole)).toBeNull();
  });

  it("lets a name through to resolution only when a rule names it or some block may hold it", () => {
    const base = "http://app.example/";
    expect(urlRefusal(base, policyFor(base))).toBe("no_scope_entry");
    expect(urlRefusal(base, policyFor(base, ["*.example", "80"]))).toBeNull();
    expect(urlRefusal(base, policyFor(base, ["*.app.example", "80"]))).toBe("no_scope_entry");
    expect(urlRefusal(base, policyFor(base, ["10.0.0.0/8", "80"]))).toBeNull();
    expect(urlRefusal(base, policyFor(base, ["10.0.0.0/8", "81"]))).toBe("no_scope_entry");
  });

  it("takes an address literal by rule or block, whatever its spelling", () => {
    for (const base of ["http://10.1.2.3/", "http://0xa010203/", "http://012.1.515/"]) {
      expect(urlRefusal(base, policyFor(base, ["10.0.0.0/8", "80"]))).toBeNull();
      expect(urlRefusal(base, policyFor(base, ["10.2.0.0/16", "80"]))).toBe("no_scope_entry");
    }
  });

  it.each(["http://metadata.google.internal/", "http://Metadata.Google.Internal./", "http://metadata.goog/"])(
    "denies %s even as a base",
    (base) =>
      expect(urlRefusal(base, policyFor(base, ["*.internal", "*"], ["0.0.0.0/0", "*"]))).toBe(
        "denied_address",
      ),
  );
});

describe("decideAddresses", () => {
  const named = policyFor("https://app.example/", ["app.example", "443"]);
  const inBlock = policyFor("https://app.example/", ["10.0.0.0/8", "443"]);

  it("lets a named host resolve to private and public addresses", () => {
    expect(addressRefusal(["10.0.0.1", "192.168.0.1", "93.184.216.34", "fd00::1"], named)).toBeNull();
  });

  it("holds a host known by its block to that block", () => {
    expect(addressRefusal(["10.0.0.1"], inBlock)).toBeNull();
    expect(addressRefusal(["11.0.0.1"], inBlock)).toBe("address_not_in_scope");
    expect(addressRefusal(["fd00::1"], inBlock)).toBe("address_not_in_scope");
  });

  it("refuses a mixed answer whichever comes first", () => {
    expect(addressRefusal(["10.0.0.1", "169.254.169.254"], named)).toBe("mixed_addresses");
    expect(addressRefusal(["169.254.169.254", "10.0.0.1"], named)).toBe("mixed_addresses");
    expect(addressRefusal(["10.0.0.1", "11.0.0.1"], inBlock)).toBe("mixed_addresses");
  });

  it("refuses no address and what is no address", () => {
    expect(addressRefusal([], named)).toBe("unresolvable");
    expect(addressRefusal(["fe80::1%eth0"], named)).toBe("denied_address");
    expect(addressRefusal(["127.1"], named)).toBe("denied_address");
  });

  describe("loopback", () => {
    const lab = "http://localhost:8080/";

    it.each([
      ["localhost", "8080"],
      ["127.0.0.1", "8080"],
      ["127.0.0.0/8", "8080"],
    ])("opens for %s with its port", (pattern, port) => {
      expect(addressRefusal(["127.0.0.1"], policyFor(lab, [pattern, port]))).toBeNull();
    });

    it("opens for a name below localhost, and for ::1 by address", () => {
      expect(
        addressRefusal(["127.0.0.1"], policyFor("http://a.localhost:8080/", ["*.localhost", "8080"])),
      ).toBeNull();
      expect(addressRefusal(["::1"], policyFor("http://[::1]:8080/", ["::1", "8080"]))).toBeNull();
    });

    it.each([
      ["localhost", "*"],
      ["localhost", "8000-8100"],
      ["127.0.0.0/8", "*"],
      ["127.0.0.1/0", "8080"],
      ["126.0.0.0/7", "8080"],
      ["0.0.0.0/0", "8080"],
    ])("stays shut for %s with ports %s", (pattern, port) => {
      expect(addressRefusal(["127.0.0.1"], policyFor(lab, [pattern, port]))).toBe("denied_address");
    });

    it("stays shut for a name that resolves there, though a rule names it with its port", () => {
      const rebound = policyFor("http://app.example:8080/", ["app.example", "8080"]);
      expect(addressRefusal(["127.0.0.1"], rebound)).toBe("denied_address");
      expect(addressRefusal(["::1"], rebound)).toBe("denied_address");
      expect(addressRefusal(["::ffff:127.0.0.1"], rebound)).toBe("denied_address");
    });
  });

  describe("the platform's own endpoints", () => {
    const policy: ScopePolicy = {
      ...policyFor(
        "http://app.example:6379/",
        ["*.example", "*"],
        ["localhost", "6379"],
        ["127.0.0.0/8", "6379"],
      ),
      platform: [
        { host: "127.0.0.1", port: 6379 },
        { host: "10.0.0.5", port: 6379 },
      ],
    };

    it.each(["10.0.0.5", "::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "127.0.0.1", "127.0.0.2", "::1"])(
      "are denied at %s",
      (address) => expect(addressRefusal([address], policy)).toBe("denied_address"),
    );

    it("leave the same address on another port, and another address, alone", () => {
      expect(addressRefusal(["10.0.0.5"], policy, "http://app.example:80/")).toBeNull();
      expect(addressRefusal(["10.0.0.6"], policy)).toBeNull();
    });
  });

  it("allows a set of addresses exactly when it allows each of them", () => {
    const policy = policyFor("https://app.example/", ["10.0.0.0/8", "443"], ["fd00::/8", "443"]);
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((text) => text.replace(/^\d+/, "10")),
    );
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 4 }), (addresses) => {
        const each = addresses.every((one) => addressRefusal([one], policy) === null);
        expect(addressRefusal(addresses, policy) === null).toBe(each);
      }),
      { numRuns: 500 },
    );
  });
});
