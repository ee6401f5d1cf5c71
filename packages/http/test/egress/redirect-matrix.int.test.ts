import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import got from "got";
import { closeServers, startCanary, startServer, type TestServer } from "../target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "../test-broker.ts";

const STATUSES = [300, 301, 302, 303, 304, 305, 306, 307, 308];
const FOLLOWED = new Set([301, 302, 303, 307, 308]);
const METHODS = ["GET", "POST"];

const SECRETS: [string, string][] = [
  ["authorization", "Bearer planted"],
  ["cookie", "session=planted"],
  ["x-api-key", "planted"],
  ["proxy-token", "planted"],
  ["accept-secret", "planted"],
];

/** What a target may say to lead a client elsewhere. `out`: a canary no entry covers; `other`: another origin in scope. */
const FORMS: Record<string, (place: { out: string; other: string }) => [string, string][]> = {
  "another port": ({ out }) => [["location", `http://${out}/`]],
  "another origin in scope": ({ other }) => [["location", `http://${other}/`]],
  "another scheme": ({ out }) => [["location", `https://${out}/`]],
  "another name for the machine": ({ out }) => [["location", `http://localhost:${out.split(":")[1]}/`]],
  "the address as a number": ({ out }) => [["location", `http://2130706433:${out.split(":")[1]}/`]],
  "user info": ({ out, other }) => [["location", `http://${other}@${out}/`]],
  "no scheme": ({ out }) => [["location", `//${out}/`]],
  "no scheme, in scope": ({ other }) => [["location", `//${other}/`]],
  backslashes: ({ out }) => [["location", `\\\\${out}\\`]],
  "slash and backslash": ({ out }) => [["location", `/\\${out}/`]],
  "tab between slashes": ({ out }) => [["location", `/\t/${out}/`]],
  "two locations": ({ out }) => [
    ["location", `http://${out}/`],
    ["location", "/end"],
  ],
  "unix socket": () => [["location", "unix:/var/run/docker.sock:/containers/json"]],
  "http on a unix socket": () => [["location", "http://unix:/var/run/docker.sock:/info"]],
  file: () => [["location", "file:///etc/passwd"]],
  data: () => [["location", "data:text/html,x"]],
  javascript: () => [["location", "javascript:alert(1)"]],
  "metadata service": () => [["location", "http://169.254.169.254/latest/meta-data/"]],
  "refresh header": ({ out }) => [["refresh", `0; url=http://${out}/`]],
  "link and content-location": ({ out }) => [
    ["link", `<http://${out}/>; rel=canonical`],
    ["content-location", `http://${out}/`],
    ["alt-svc", `h2="${out}"`],
  ],
};

const META = (out: string) =>
  `<meta http-equiv="refresh" content="0; url=http://${out}/"><script>location="http://${out}/"</script>`;

let target: TestServer;
let other: TestServer;
let canary: TestServer;
/** Headers that came to the other origin. */
let seen: IncomingHttpHeaders[];

beforeEach(async () => {
  seen = [];
  canary = await startCanary("::");
  other = await startServer((request, response) => {
    seen.push(request.headers);
    response.end("other");
  });
  target = await startServer(redirector);
});

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

const redirector: RequestListener = (request, response) => {
  const url = new URL(request.url ?? "/", "http://target/");
  const form = FORMS[url.searchParams.get("form") ?? ""];
  if (!form) return void response.end("end");
  const place = { out: `127.0.0.1:${canary.port}`, other: `127.0.0.1:${other.port}` };
  response.writeHead(Number(url.searchParams.get("status")), form(place).flat()).end(META(place.out));
};

function* cases(): Generator<{ form: string; status: number; method: string; url: string }> {
  for (const form of Object.keys(FORMS)) {
    for (const status of STATUSES) {
      for (const method of METHODS) {
        const query = new URLSearchParams({ form, status: String(status) });
        yield { form, status, method, url: `/?${query}` };
      }
    }
  }
}

const planted = () => seen.filter((headers) => JSON.stringify(headers).includes("planted"));

describe("S3: where a target sends its visitors", () => {
  it("360 redirects: none is followed out of scope, no credential comes to another origin", async () => {
    const ports = [target, other].map(({ port }) => String(port));
    const { send } = testBroker(target.origin, { rules: [{ pattern: "127.0.0.1", ports }] });
    let count = 0;
    for (const { url, method, form, status } of cases()) {
      const result = await send({
        method,
        url,
        headers: SECRETS,
        ...(method === "POST" && { body: "planted" }),
      });
      if (!FOLLOWED.has(status))
        expect({ form, status, outcome: outcomeOf(result) }).toMatchObject({ outcome: String(status) });
      count += 1;
    }
    expect(count).toBe(360);
    expect(canary.connections).toHaveLength(0);
    // Those that lead to the other origin, which is in scope, were followed: the matrix is not empty.
    expect(seen.length).toBe(2 * FOLLOWED.size * METHODS.length);
    expect(planted()).toEqual([]);
  });

  it("a page's own ways of leading elsewhere are content, not redirects", async () => {
    const { send } = testBroker(target.origin);
    const result = await send({ url: "/?form=refresh header&status=200", headers: SECRETS });
    expect(textOf(result)).toContain("http-equiv");
    expect(canary.connections).toHaveLength(0);
  });

  it("lead a common client out of scope, with a credential", async () => {
    const tries = [...cases()].filter(({ form }) => !/unix|metadata|file|data|javascript/.test(form));
    for (const { url, method } of tries.filter(({ status }) => FOLLOWED.has(status))) {
      await got(new URL(url, target.origin), {
        method: method as "GET",
        headers: Object.fromEntries(SECRETS),
        retry: { limit: 0 },
        timeout: { request: 1_000 },
      }).catch(() => undefined);
    }
    expect(canary.connections.length).toBeGreaterThan(0);
    expect(planted().length).toBeGreaterThan(0);
  });
});
