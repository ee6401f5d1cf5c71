import { spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PING = {
  id: "1",
  method: "GET",
  url: "http://app.test/ping?host=127.0.0.1",
  route: "/ping",
  parameters: [],
  source: "link",
} as unknown as EndpointView;

function scan(page: (host: string) => TestResponse, settings = {}) {
  return testPlugin(plugin, {
    endpoints: [PING],
    settings,
    respond: ({ url }) => ({
      headers: { "content-type": "text/plain" },
      ...page(new URL(url).searchParams.get("host") ?? ""),
    }),
  });
}

/** What a shell prints, and how long it would have slept: `sleep` only counts, on the standard error. */
function run(line: string): { body: string; seconds: number } {
  const { stdout, stderr } = spawnSync("sh", ["-c", `sleep() { echo "slept $1" >&2; }\n${line}`], {
    encoding: "utf8",
  });
  const slept = [...stderr.matchAll(/^slept (\d)$/gm)].map(([, seconds]) => Number(seconds));
  return { body: stdout, seconds: slept.reduce((sum, each) => sum + each, 0) };
}

type CallbackPort = NonNullable<NonNullable<Parameters<typeof testPlugin>[1]>["callbacks"]>;
type Hit = Extract<Awaited<ReturnType<CallbackPort["hits"]>>, { ok: true }>["hits"][number];

/** Scans an application that shows nothing, and makes every request that `asksFor` names. */
function scanUnseen(asksFor: (host: string) => readonly string[]) {
  const hits: Hit[] = [];
  let issued = 0;
  const callbacks: CallbackPort = {
    async probe() {
      issued += 1;
      const token = String(issued).padStart(40, "0");
      return { ok: true, token, httpUrl: `http://listener.example/${token}`, dnsName: null, answer: "" };
    },
    hits: async (tokens) => ({ ok: true, hits: hits.filter(({ token }) => tokens.includes(token)) }),
  };
  return testPlugin(plugin, {
    endpoints: [PING],
    callbacks,
    settings: { delays: false, waitMs: 0 },
    respond: ({ url }) => {
      for (const address of asksFor(new URL(url).searchParams.get("host") ?? "")) {
        const token = /\d{40}/.exec(address)?.[0] ?? "";
        hits.push({ token, channel: "http", at: "", from: "192.0.2.1", what: "GET /", agent: "curl" });
      }
      return { body: "Queued" };
    },
  });
}

/** Addresses that a shell asks `curl` for. */
function askedBy(line: string): string[] {
  const { stderr } = spawnSync("sh", ["-c", `curl() { echo "asked $1" >&2; }\n${line}`], {
    encoding: "utf8",
  });
  return [...stderr.matchAll(/^asked (\S+)$/gm)].map(([, address = ""]) => address);
}

describe("command-injection", () => {
  it.each([
    ["bare", (host: string) => `true ${host}`],
    ["in single quotes", (host: string) => `true '${host}' 2>&1`],
    ["in double quotes", (host: string) => `true "${host}" 2>&1`],
    ["before others", (host: string) => `true ${host} | cat && echo done`],
  ])("is proven by what a shell prints, in three requests, for a value %s", async (_, write) => {
    const result = await scan((host) => run(write(host)));
    expect(result.of("finding")).toMatchObject([{ type: "command-injection", severity: "critical" }]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(result.requests).toHaveLength(3);
  });

  it.each([
    ["one separator", (host: string) => host.replaceAll(";", "")],
    ["spaces", (host: string) => host.replaceAll(" ", "")],
    ["what has blanks of any kind", (host: string) => (/\s/.test(host) ? "" : host)],
    ["all but a pipe", (host: string) => host.replaceAll("| ", "").replace(/[;&$()`-]|\|\|/g, "")],
    ["all but a line's end", (host: string) => host.replace(/[|;&$()`-]/g, "")],
  ])("is proven past a filter that drops %s", async (_, filter) => {
    const result = await scan((host) => run(`true ${filter(host)}`));
    expect(result.of("evidence")[0]).toMatchObject({ kind: "content_proof" });
  });

  it.each([
    ["bare", (host: string) => host],
    ["in double quotes that cannot be closed", (host: string) => `"${host.replace(/["'\\]/g, "\\$&")}"`],
  ])("is proven by a delay where nothing is shown, %s", async (_, write) => {
    const delayed = (host: string) => 30.5 + 1_000 * run(`true ${write(host)}`).seconds;
    const result = await scan((host) => ({ body: "", elapsedMs: delayed(host) }));
    expect(result.of("evidence")[0]).toMatchObject({ kind: "timing", details: { technique: "delay" } });
  });

  it("is proven in a header that every page is sent, and not where that is an argument", async () => {
    const headers = (write: (agent: string) => string) =>
      testPlugin(plugin, {
        endpoints: [{ ...PING, url: "http://app.test/ping" }],
        fetches: [{ url: "http://app.test/ping" }],
        respond: (request) => ({
          body: run(`echo ${write(new Map(request.headers).get("user-agent") ?? "")}`).body,
        }),
      });
    expect((await headers((agent) => `"${agent}"`)).of("finding")).toMatchObject([
      { instance: { parameter: { name: "user-agent", in: "header" } } },
    ]);
    const safe = await headers((agent) => `'${agent.replaceAll("'", "'\\''")}'`);
    expect(safe.of("finding")).toEqual([]);
    expect(safe.requests).toHaveLength(1);
  });

  it.each([
    ["bare", (host: string) => `true ${host}`],
    ["in single quotes", (host: string) => `true '${host}'`],
    ["in a group", (host: string) => `(true "${host}") &`],
    ["in double quotes that cannot be closed", (host: string) => `true "${host.replace(/["\\]/g, "\\$&")}"`],
  ])(
    "is proven by an address that a shell asks for, where nothing shows and nobody waits, %s",
    async (_, write) => {
      const result = await scanUnseen((host) => askedBy(write(host)));
      expect(result.of("finding")).toMatchObject([{ type: "command-injection" }]);
      expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
        "callback",
        "callback",
        "negative_control",
      ]);
    },
  );

  it("is not claimed for an argument, or where every address is followed that is seen", async () => {
    const asArgument = (host: string) => askedBy(`true '${host.replaceAll("'", "'\\''")}'`);
    const everyAddress = (host: string) => host.match(/http:[^\s|;)]+/g) ?? [];
    expect((await scanUnseen(asArgument)).of("finding")).toEqual([]);
    expect((await scanUnseen(everyAddress)).of("finding")).toEqual([]);
  });

  it.each<[string, (host: string) => TestResponse]>([
    ["an echo", (host) => ({ body: `No such host: ${host}` })],
    [
      "a firewall",
      (host) => (/[;|]/.test(host) ? { status: 403, body: "No", elapsedMs: 2 } : { body: "ok" }),
    ],
    ["a slow name server", (host) => ({ body: "", elapsedMs: host.includes("sleep") ? 4_000 : 20 })],
    [
      "a calculator",
      (host) => ({ body: host.replace(/\$?\(+(\d+)\*(\d+)\)+/g, (_, a, b) => String(a * b)) }),
    ],
  ])("is not claimed for %s", async (_, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(12);
  });
});
