import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { moduleConfigText, type PlannedModule, type ScanConfig, scanConfigText } from "./config-hash.ts";
import { Capability } from "./vocabulary.ts";

const config = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
const planned: fc.Arbitrary<PlannedModule> = fc.record({
  plugin: fc.constantFrom("crawl", "cors", "cookies"),
  version: fc.constantFrom("1.0.0", "1.0.1"),
  codeDigest: fc.stringMatching(/^[0-9a-f]{8}$/),
  config,
});
const scanConfig: fc.Arbitrary<ScanConfig> = fc.record({
  profile: fc.constantFrom("passive", "standard"),
  capabilities: fc.subarray(Capability.options),
  storageMode: fc.constantFrom("none", "sampled", "full"),
  modules: fc.array(planned, { maxLength: 5 }),
});

const BASE: ScanConfig = {
  profile: "standard",
  capabilities: ["http:passive", "http:active"],
  storageMode: "sampled",
  modules: [
    {
      plugin: "crawl",
      version: "1.0.0",
      codeDigest: "aa",
      config: { maxPages: 10, nested: { a: 1, b: [1, 2] } },
    },
    { plugin: "cors", version: "1.0.0", codeDigest: "bb", config: {} },
  ],
};
const [CRAWL, CORS] = BASE.modules as [PlannedModule, PlannedModule];

describe("scanConfigText", () => {
  it("does not depend on the order of modules, capabilities or settings", () => {
    fc.assert(
      fc.property(scanConfig, (scan) => {
        const turned: ScanConfig = {
          modules: scan.modules.toReversed().map((item) => ({
            config: Object.fromEntries(Object.entries(item.config).reverse()),
            codeDigest: item.codeDigest,
            version: item.version,
            plugin: item.plugin,
          })),
          storageMode: scan.storageMode,
          capabilities: [...scan.capabilities, ...scan.capabilities].reverse(),
          profile: scan.profile,
        };
        expect(scanConfigText(turned)).toBe(scanConfigText(scan));
      }),
    );
  });

  it("does not depend on what else the given objects hold", () => {
    const rows = { ...BASE, id: "scan-1", modules: BASE.modules.map((item, id) => ({ ...item, id })) };
    expect(scanConfigText(rows)).toBe(scanConfigText(BASE));
  });

  const changes: [string, ScanConfig][] = [
    ["profile", { ...BASE, profile: "full" }],
    ["capability", { ...BASE, capabilities: ["http:passive"] }],
    ["storage mode", { ...BASE, storageMode: "full" }],
    ["module left out", { ...BASE, modules: [CRAWL] }],
    ["module twice", { ...BASE, modules: [CRAWL, CORS, CORS] }],
    ["plugin", { ...BASE, modules: [CRAWL, { ...CORS, plugin: "cookies" }] }],
    ["version", { ...BASE, modules: [CRAWL, { ...CORS, version: "1.0.1" }] }],
    ["code", { ...BASE, modules: [CRAWL, { ...CORS, codeDigest: "bc" }] }],
    ["setting", { ...BASE, modules: [{ ...CRAWL, config: { ...CRAWL.config, maxPages: 11 } }, CORS] }],
    [
      "type of a setting",
      { ...BASE, modules: [{ ...CRAWL, config: { ...CRAWL.config, maxPages: "10" } }, CORS] },
    ],
    [
      "order in a list",
      { ...BASE, modules: [{ ...CRAWL, config: { maxPages: 10, nested: { a: 1, b: [2, 1] } } }, CORS] },
    ],
    [
      "settings exchanged",
      {
        ...BASE,
        modules: [
          { ...CRAWL, config: CORS.config },
          { ...CORS, config: CRAWL.config },
        ],
      },
    ],
  ];

  it.each(changes)("changes with: %s", (_, changed) => {
    expect(scanConfigText(changed)).not.toBe(scanConfigText(BASE));
  });

  it("gives different texts for all these changes", () => {
    expect(new Set(changes.map(([, changed]) => scanConfigText(changed))).size).toBe(changes.length);
  });
});

describe("moduleConfigText", () => {
  it("is equal for equal settings alone", () => {
    fc.assert(
      fc.property(config, config, (one, other) => {
        const isEqual = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(moduleConfigText(one) === moduleConfigText(other)).toBe(isEqual);
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, member]) => ["member", key, sorted(member)]);
}
