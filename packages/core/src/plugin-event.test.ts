import { describe, expect, it } from "@jest/globals";
import { PluginEvent, type PluginEventInput } from "./plugin-event.ts";

const ENDPOINT = { event: "endpoint", method: "GET", url: "/a", source: "link" };
const FETCH = {
  event: "fetch",
  method: "GET",
  url: "http://app.test/",
  status: 200,
  responseHeaders: [["a", "b"]],
};
const EVIDENCE = {
  event: "evidence",
  ref: "e1",
  kind: "observation",
  snippet: "x",
  location: { part: "status" },
};
const FINDING = {
  event: "finding",
  type: "missing-hsts",
  title: "t",
  description: "d",
  severity: "low",
  remediation: "r",
  rootCause: { level: "target" },
  instance: { method: "GET", url: "http://app.test/" },
  evidence: ["e1"],
};
const COMPONENT = { event: "component", name: "nginx", version: "1.27.0", confidence: 80, evidence: ["e1"] };
const CVE = {
  event: "cve_candidate",
  component: { name: "nginx" },
  cveId: "CVE-2026-12345",
  source: "nvd",
  confidence: 50,
};
const SINGLES = [ENDPOINT, FETCH, EVIDENCE, FINDING, COMPONENT, CVE];

const accepts = (event: unknown) => PluginEvent.safeParse(event).success;
const parsed = (event: unknown) => PluginEvent.parse(event) as Record<string, unknown>;

describe("PluginEvent", () => {
  it.each(SINGLES.map((event) => [event.event, event]))(
    "takes a %s event, and refuses one with a member it does not know",
    (_, event) => {
      expect(accepts(event)).toBe(true);
      expect(accepts({ ...(event as object), extra: 1 })).toBe(false);
    },
  );

  it.each(SINGLES.map((event) => [event.event, event]))(
    "refuses a %s event that lacks any member that has no default",
    (_, event) => {
      const optional = new Set(["version"]);
      for (const name of Object.keys(event).filter((key) => !optional.has(key))) {
        const { [name]: _left, ...rest } = event as Record<string, unknown>;
        expect([name, accepts(rest)]).toEqual([name, false]);
      }
    },
  );

  it("fills in defaults", () => {
    expect(parsed(ENDPOINT).parameters).toEqual([]);
    expect(parsed(FETCH).requestHeaders).toEqual([]);
    expect(parsed(EVIDENCE).details).toEqual({});
    expect(parsed(FINDING)).toMatchObject({ references: [], rootCause: { level: "target", key: "" } });
  });

  it.each<[string, unknown]>([
    ["no event", null],
    ["an unknown event", { event: "observation" }],
    ["a method in lower case", { ...ENDPOINT, method: "get" }],
    ["a URL that is too long", { ...ENDPOINT, url: `/${"a".repeat(4_096)}` }],
    ["a source that does not exist", { ...ENDPOINT, source: "guess" }],
    ["a status out of range", { ...FETCH, status: 600 }],
    ["a body that is text", { ...FETCH, body: "text" }],
    ["a snippet that is too long", { ...EVIDENCE, snippet: "x".repeat(4_097) }],
    ["details that are no JSON", { ...EVIDENCE, details: { at: new Date(0) } }],
    ["a fetch id that is no UUID", { ...EVIDENCE, fetchId: "1" }],
    ["a type that is not kebab-case", { ...FINDING, type: "Missing_HSTS" }],
    ["a finding without evidence", { ...FINDING, evidence: [] }],
    ["a reference that is a script", { ...FINDING, references: ["javascript:alert(1)"] }],
    ["a CVE number of another form", { ...FINDING, cve: "CVE-26-1" }],
    ["a confidence above 100", { ...COMPONENT, confidence: 101 }],
    ["a CPE of another form", { ...COMPONENT, cpe: "cpe:/a:nginx" }],
  ])("refuses %s", (_, event) => {
    expect(accepts(event)).toBe(false);
  });

  it("wants the outcome of a negative control, and of nothing else", () => {
    const control = { ...EVIDENCE, kind: "negative_control" };
    expect(accepts({ ...control, controlHeld: false })).toBe(true);
    expect(PluginEvent.safeParse(control).error?.issues[0]?.path).toEqual(["controlHeld"]);
    expect(accepts({ ...EVIDENCE, controlHeld: true })).toBe(false);
    expect(accepts({ event: "pack", events: [control] })).toBe(false);
  });

  it("takes a pack of single events, all of them right, and no pack within", () => {
    expect(accepts({ event: "pack", events: SINGLES })).toBe(true);
    expect(accepts({ event: "pack", events: [] })).toBe(false);
    expect(accepts({ event: "pack", events: Array(101).fill(ENDPOINT) })).toBe(false);
    expect(accepts({ event: "pack", events: [ENDPOINT, { ...FINDING, evidence: [] }] })).toBe(false);
    expect(accepts({ event: "pack", events: [{ event: "pack", events: [ENDPOINT] }] })).toBe(false);
  });

  it("replaces what Postgres cannot store, wherever a plugin may have taken it from the target", () => {
    const dirty = "a\0b\ud800";
    const clean = "a\ufffdb\ufffd";
    expect(
      parsed({ ...EVIDENCE, snippet: dirty, details: { [dirty]: [dirty, { n: 1, none: null }] } }),
    ).toMatchObject({
      snippet: clean,
      details: { [clean]: [clean, { n: 1, none: null }] },
    });
    expect(parsed({ ...FINDING, title: dirty, description: dirty })).toMatchObject({
      title: clean,
      description: clean,
    });
    expect(parsed({ ...COMPONENT, name: dirty, version: dirty })).toMatchObject({
      name: clean,
      version: clean,
    });
    expect(parsed({ ...FETCH, responseHeaders: [["x", dirty]] }).responseHeaders).toEqual([["x", clean]]);
    expect(parsed({ ...ENDPOINT, parameters: [{ name: dirty, in: "query" }] }).parameters).toEqual([
      { name: clean, in: "query" },
    ]);
  });

  it("changes nothing in what it gave before", () => {
    const once = PluginEvent.parse({ event: "pack", events: SINGLES } as PluginEventInput);
    expect(PluginEvent.parse(once)).toEqual(once);
  });
});
