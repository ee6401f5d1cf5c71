import { describe, expect, it } from "@jest/globals";
import { destructiveWord, parseWebUrl } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type PluginTest, type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

/** Requests below the base URL whatever the scan knows, with two archives by the name of its host. */
const FIXED = 104;

const FILES: Record<string, string> = {
  "/.git/HEAD": "ref: refs/heads/main\n",
  "/.git/config": "[core]\n\trepositoryformatversion = 0\n",
  "/.env": "APP=shop\nDB_PASSWORD=secret\n",
  "/pay.php.bak": "<?php $password = 'secret';",
};

function endpoint(url: string): EndpointView {
  return { id: url, method: "GET", url, route: "", parameters: [], source: "link" };
}

function scan(respond: PluginTest["respond"], test: PluginTest = {}) {
  return testPlugin(plugin, {
    baseUrl: "http://shop.test/",
    endpoints: [endpoint("http://shop.test/pay.php?step=1"), endpoint("http://shop.test/about")],
    ...(respond ? { respond } : {}),
    ...test,
  });
}

function fromFiles({ url }: { url: string }): TestResponse {
  const body = FILES[new URL(url).pathname];
  return body === undefined ? { status: 404 } : { headers: { "content-type": "text/plain" }, body };
}

describe("exposed-files", () => {
  it("finds an error that shows its stack, whatever its status, and only for a path that cannot be decoded", async () => {
    const trace =
      "URIError\n    at decode_param (/srv/app/layer.js:172:12)\n    at Layer.match (/srv/app/layer.js:123:27)";
    const broken = await scan(({ url }) =>
      url.endsWith("/%ff") ? { status: 400, body: trace } : { status: 404 },
    );
    expect(broken.of("finding")).toMatchObject([{ type: "trace-of-malformed-path", severity: "low" }]);
    const always = await scan(() => ({ status: 500, body: trace }));
    expect(always.of("finding")).toEqual([]);
  });

  it("guesses nothing that the broker keeps back because its words say that something is deleted", async () => {
    const { requests } = await scan(fromFiles);
    const words = requests.map(({ url }) => destructiveWord(parseWebUrl(url)));
    expect(words.filter((word) => word !== null)).toEqual([]);
  });

  it("reports each file that is there, with its content and a control as proof", async () => {
    const result = await scan(fromFiles);
    const found = result
      .of("finding")
      .map(({ type, instance }) => `${type} ${new URL(instance.url).pathname}`);
    expect(found.sort()).toEqual([
      "exposed-backup-file /pay.php.bak",
      "exposed-env-file /.env",
      "exposed-git-repository /.git/HEAD",
    ]);
    const git = result.events.find(
      (event) => event.event === "pack" && JSON.stringify(event).includes("exposed-git"),
    );
    expect(git).toMatchObject({
      events: [
        { kind: "content_proof", snippet: "ref: refs/heads/main", details: { replay: 0 } },
        { kind: "content_proof", snippet: "ref: refs/heads/main", details: { replay: 1 } },
        { kind: "content_proof", snippet: "repositoryformatversion = 0" },
        { kind: "negative_control", controlHeld: true },
        { event: "finding", rootCause: { level: "route" } },
      ],
    });
    expect(JSON.stringify(result.events)).not.toContain("secret';");
  });

  it("asks little: fixed names once, copies of programs, and controls only where something was found", async () => {
    const nothing = await scan(() => ({ status: 404 }));
    const paths = nothing.requests.map(({ url }) => new URL(url).pathname);
    expect(paths).toHaveLength(FIXED + 12);
    expect(paths).toEqual(
      expect.arrayContaining(["/pay.php~", "/pay.php.bak", "/.pay.php.swp", "/index.php~"]),
    );
    expect(
      nothing.requests.every(({ storage, maxRedirects }) => storage === "none" && maxRedirects === 0),
    ).toBe(true);
    expect((await scan(fromFiles)).requests).toHaveLength(FIXED + 12 + 3 * 2 + 2);
  });

  it.each<[string, (url: string) => TestResponse]>([
    [
      "one page for every path",
      () => ({ headers: { "content-type": "text/html" }, body: "<!doctype html><p>Shop</p>" }),
    ],
    ["the file for every path", () => ({ body: FILES["/.env"] ?? "" })],
    [
      "a not-found text in the form of the file",
      (url) => ({ body: `PATH=${url}\nSESSION_SECRET=${Math.random()}\n` }),
    ],
    ["the content with an error status", (url) => ({ ...fromFiles({ url }), status: 403 })],
    ["a redirect for every path", () => ({ status: 302, headers: { location: "/login" } })],
    ["nothing at all", () => ({ ok: false, reason: "timed_out", detail: "15 s" })],
  ])("reports nothing of a site that answers %s", async (_what, answer) => {
    const { of } = await scan(({ url }) => answer(url));
    expect(of("finding")).toEqual([]);
  });

  it("says what a control refuted", async () => {
    const { logs } = await scan(() => ({ body: FILES["/.env"] ?? "" }));
    expect(logs).toMatchObject([{ level: "info", fields: { count: 5 } }]);
  });

  it("fails, after reporting the rest, when a control is not answered", async () => {
    const unanswered = scan(({ url }) =>
      new URL(url).pathname in FILES
        ? fromFiles({ url })
        : { ok: false, reason: "connection_reset", detail: "" },
    );
    await expect(unanswered).rejects.toThrow("3 files look exposed");
  });

  /** A target that answers by whether a control was asked before. */
  function scanInTurn(answer: (path: string, isLate: boolean) => TestResponse) {
    let isLate = false;
    return scan(({ url }) => {
      isLate ||= /[a-z]{16}$/.test(url);
      return answer(new URL(url).pathname, isLate);
    });
  }
  const catchAll = { headers: { "content-type": "text/plain" }, body: FILES["/.env"] ?? "" };

  it.each([403, 406, 418, 429, 503])(
    "asks a plain path when a control is refused with %i, and believes a site that then shows everything nothing",
    async (status) => {
      const { of, requests } = await scan(({ url }) =>
        /\/\.[a-z]{16}/.test(url) ? { status } : { ...catchAll },
      );
      expect(of("finding")).toEqual([]);
      expect(requests.filter(({ url }) => /\/[a-z]{16}$/.test(url)).length).toBeGreaterThan(0);
    },
  );

  it("reports what is there although all that is not there is refused, as by object stores, with both controls", async () => {
    const { of } = await scan(({ url }) => {
      const answer = fromFiles({ url });
      return "status" in answer ? { status: 403 } : answer;
    });
    expect(of("finding")).toHaveLength(3);
    expect(of("evidence").filter(({ kind }) => kind === "negative_control")).toHaveLength(6);
  });

  it("decides nothing when the target begins to refuse everything", async () => {
    const limited = scanInTurn((_path, isLate) => (isLate ? { status: 429 } : catchAll));
    await expect(limited).rejects.toThrow("look exposed");
  });

  it("refutes content that comes once and not again", async () => {
    const { of, logs } = await scanInTurn((path, isLate) =>
      path === "/.env" && !isLate ? catchAll : { status: 404 },
    );
    expect(of("finding")).toEqual([]);
    expect(logs).toMatchObject([{ fields: { count: 1 } }]);
  });

  it("takes source that the program itself shows for what the site writes of", async () => {
    const page = { headers: { "content-type": "text/html" }, body: "<html><pre><?php echo 1; ?></pre>" };
    const { of } = await scan(({ url }) =>
      /\/pay\.php(\.bak)?$/.test(new URL(url).pathname) ? page : { status: 404 },
    );
    expect(of("finding")).toEqual([]);
  });

  it("finds an environment file in UTF-16", async () => {
    const body = new Uint8Array(Buffer.from(`\ufeff${FILES["/.env"]}`, "utf16le"));
    const { of } = await scan(({ url }) => (url.endsWith("/.env") ? { body } : { status: 404 }));
    expect(of("finding").map(({ type }) => type)).toEqual(["exposed-env-file"]);
  });

  it("stays below the base URL", async () => {
    const { requests } = await scan(() => ({ status: 404 }), {
      baseUrl: "http://shop.test/app/",
      endpoints: [endpoint("http://shop.test/app/x.php")],
    });
    expect(requests.every(({ url }) => url.startsWith("http://shop.test/app/"))).toBe(true);
  });

  it("stops at the program cap and says so", async () => {
    const endpoints = ["a", "b", "c"].map((name) => endpoint(`http://shop.test/${name}.php`));
    const { requests, logs } = await scan(() => ({ status: 404 }), {
      endpoints,
      settings: { maxPrograms: 1 },
    });
    expect(requests).toHaveLength(FIXED + 12);
    expect(logs).toMatchObject([{ level: "warn", fields: { maxPrograms: 1, left: 2 } }]);
  });

  it("asks for copies of programs at the top before those in folders", async () => {
    const endpoints = ["a/a", "login"].map((name) => endpoint(`http://shop.test/${name}.php`));
    const settings = { maxPrograms: 1 };
    const { requests } = await scan(() => ({ status: 404 }), { endpoints, settings });
    const copies = requests.filter(({ url }) => url.endsWith(".php~"));
    expect(copies.map(({ url }) => url)).toContain("http://shop.test/login.php~");
    expect(copies.map(({ url }) => url)).not.toContain("http://shop.test/a/a.php~");
  });

  it("looks into the folders that the scan knows, shallow ones first, up to a cap", async () => {
    const endpoints = ["/", "/shop/a/x.css", "/shop/b.html", "/img/x.png"].map((path) =>
      endpoint(`http://shop.test${path}`),
    );
    const { requests, logs } = await scan(() => ({ status: 404 }), {
      endpoints,
      settings: { maxFolders: 2 },
    });
    const paths = requests.slice(FIXED).map(({ url }) => new URL(url).pathname);
    const inFolder = (name: string) => [
      ...["/.git/HEAD", "/.env", "/.DS_Store"].map((file) => `/${name}${file}`),
      `/${name}.zip`,
      `/${name}.tar.gz`,
    ];
    expect(paths).toEqual([...inFolder("shop"), ...inFolder("img")]);
    expect(logs).toMatchObject([{ level: "info", fields: { maxFolders: 2, left: 1 } }]);
  });

  it("finds what lies in a folder, and again when it is asked for that place only", async () => {
    const respond = ({ url }: { url: string }) =>
      url.includes("/shop/.git/") ? fromFiles({ url: url.replace("/shop/", "/") }) : { status: 404 };
    const { of } = await scan(respond, { endpoints: [endpoint("http://shop.test/shop/")] });
    const where = of("finding").map(({ instance }) => instance.url);
    expect(where).toEqual(["http://shop.test/shop/.git/HEAD"]);
    const focus = where.map((url) => ({ method: "GET", url, parameter: null }));
    expect((await scan(respond, { focus })).of("finding")).toHaveLength(1);
  });

  it("asks in a focused scan only for the places given, fixed files and copies of unknown programs alike", async () => {
    const at = (path: string) => ({ method: "GET", url: `http://shop.test${path}`, parameter: null });
    const { requests, of } = await scan(fromFiles, {
      endpoints: [],
      focus: [at("/pay.php.bak"), at("/.env"), at("/about")],
    });
    expect(of("finding").map(({ type }) => type)).toEqual(["exposed-env-file", "exposed-backup-file"]);
    expect(requests).toHaveLength(2 * 3 + 1);
  });

  it("gives the same findings whatever the order of endpoints", async () => {
    const endpoints = ["pay", "a", "b"].map((name) => endpoint(`http://shop.test/${name}.php`));
    const findings = async (list: EndpointView[]) =>
      (await scan(fromFiles, { endpoints: list })).of("finding");
    expect(await findings(endpoints.toReversed())).toEqual(await findings(endpoints));
  });
});
