import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = { "content-type": "text/html" };

function scan(respond: (request: HttpRequest) => TestResponse, settings = {}) {
  const fetches = ["/", "/blog", "/password/forgot"].map((url) => ({ url, headers: HTML }));
  return testPlugin(plugin, { baseUrl: "https://shop.test/", fetches, respond, settings });
}

const field = ({ headers }: HttpRequest, name: string, otherwise = "shop.test") =>
  headers.find(([header]) => header === name)?.[1] ?? otherwise;

const page = (body: string, headers = {}): TestResponse => ({ headers: { ...HTML, ...headers }, body });

async function types(respond: (request: HttpRequest) => TestResponse): Promise<string[]> {
  return (await scan(respond)).of("finding").map(({ type, rootCause }) => `${type} ${rootCause.key}`);
}

describe("host-header", () => {
  it.each<[string, (request: HttpRequest) => TestResponse, string]>([
    [
      "redirects to the host it is told",
      (request) => ({ status: 302, headers: { location: `https://${field(request, "host")}/login` } }),
      "host-header-trusted host",
    ],
    [
      "links to the forwarded host",
      (request) => page(`<a href="//${field(request, "x-forwarded-host")}/reset?t=1">x</a>`),
      "forwarded-host-trusted x-forwarded-host",
    ],
    [
      "reads Forwarded",
      (request) => page(`<base href="https://${field(request, "forwarded").replace("host=", "")}/">`),
      "forwarded-host-trusted forwarded",
    ],
    [
      "loads scripts from the forwarded host in a page that caches keep",
      (request) =>
        page(`<script src="https://${field(request, "x-host")}/a.js"></script>`, {
          "cache-control": "max-age=60",
        }),
      "forwarded-host-in-cacheable-page x-host",
    ],
  ])("reports, once for the target, a server that %s", async (_what, respond, expected) => {
    expect(new Set(await types(respond))).toEqual(new Set([expected]));
  });

  it.each<[string, (request: HttpRequest) => TestResponse]>([
    ["uses its own name", () => page('<a href="https://shop.test/">x</a>')],
    ["writes the host as text", (request) => page(`<p>https://${field(request, "host")}/</p>`)],
    [
      "writes it into a value of a form",
      (request) => page(`<input value="https://${field(request, "host")}/">`),
    ],
    ["has it in a query", (request) => page(`<a href="/login?from=${field(request, "host")}">x</a>`)],
    ["refuses it", () => ({ status: 421, headers: HTML })],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" })],
  ])("says nothing of a server that %s", async (_what, respond) => {
    expect(await types(respond)).toEqual([]);
  });

  it("says nothing of a host that is written once only", async () => {
    let count = 0;
    const once = (request: HttpRequest) => {
      count += 1;
      return count === 1 ? page(`<a href="//${field(request, "x-forwarded-host")}/">x</a>`) : page("");
    };
    expect(await types(once)).toEqual([]);
  });

  it("asks each page twice, where links are mailed from first, in a copy of our own, with hosts that nobody has", async () => {
    const { requests } = await scan(() => page(""), { maxRoutes: 2 });
    expect(requests).toHaveLength(4);
    expect(new Set(requests.map(({ url }) => new URL(url).pathname))).toEqual(
      new Set(["/", "/password/forgot"]),
    );
    expect(requests.every(({ url }) => /[?&]picket=[a-z]{12}$/.test(url))).toBe(true);
    const hosts = requests.flatMap(({ headers }) => headers.map(([, value]) => value));
    expect(hosts.every((host) => /^(?:host=)?[a-z]{12}\.example$/.test(host))).toBe(true);
    expect(new Set(hosts).size).toBe(hosts.length);
  });
});
