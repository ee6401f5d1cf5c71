import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const ITEM = {
  id: "1",
  method: "GET",
  url: "http://app.test/item?id=5",
  route: "/item",
  parameters: [],
  source: "link",
} as unknown as EndpointView;

function idOf({ url }: HttpRequest): string {
  return new URL(url).searchParams.get("id") ?? "";
}

const FOUND = "<h1>Red tent</h1><p>Sleeps two, weighs three kilograms.</p>";

async function scan(page: (id: string) => TestResponse, settings = {}) {
  return testPlugin(plugin, {
    endpoints: [ITEM],
    settings,
    respond: (request) => ({ headers: { "content-type": "text/html" }, ...page(idOf(request)) }),
  });
}

/** As products answer that show what their database says. */
const ERRORS: readonly [string, string][] = [
  [
    "MySQL",
    "<b>Fatal error</b>: Uncaught mysqli_sql_exception: You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near &#039;&quot;kq&#039; at line 1 in /var/www/item.php:12",
  ],
  [
    "PostgreSQL",
    "Warning: pg_query(): Query failed: ERROR:  unterminated quoted string at or near &quot;&#039;&quot;kq&quot;",
  ],
  ["PostgreSQL", `{"error":"error: syntax error at or near \\"kq\\""}`],
  ["SQLite", "sqlite3.OperationalError: unrecognized token: &#34;&#39;&#34;kq&#34;"],
  ["SQLite", `{"error":{"message":"SQLITE_ERROR: near \\"kq\\": syntax error"}}`],
  [
    "Microsoft SQL Server",
    "System.Data.SqlClient.SqlException: Unclosed quotation mark after the character string '&quot;kq'.",
  ],
  ["Oracle", "ORA-01756: quoted string not properly terminated"],
  ["SQL", "Error processing request: malformed string: &#39;bob&#39;&#39;"],
  ["SQL", "java.sql.SQLSyntaxErrorException: unexpected token: KQ"],
  ["SQL", 'Syntax error: Encountered "\\\'" at line 1, column 33.'],
];

/** As a database reads it. */
const withoutComments = (sql: string) => sql.replaceAll(/\/\*[^*]*\*\//g, "");
const isBroken = (id: string) => /['"]/.test(withoutComments(id));

describe("sql-injection, by error", () => {
  it.each(ERRORS)("knows what %s says, in six requests", async (database, message) => {
    const result = await scan((id) => (isBroken(id) ? { body: message, status: 500 } : { body: FOUND }));
    expect(result.of("finding")).toMatchObject([
      { type: "sql-injection", instance: { parameter: { name: "id", in: "query" } } },
    ]);
    expect(result.of("evidence")[0]).toMatchObject({
      kind: "pattern",
      details: { technique: "error", database },
    });
    expect(result.of("evidence").filter(({ controlHeld }) => controlHeld)).toHaveLength(3);
    expect(result.requests).toHaveLength(6);
  });

  const MESSAGE = ERRORS[0]?.[1] ?? "";
  it.each<[string, (id: string) => TestResponse]>([
    ["a page that is about them", () => ({ body: FOUND + MESSAGE })],
    [
      "a message for every value it does not know",
      (id) => (id === "5" ? { body: FOUND } : { body: MESSAGE }),
    ],
    ["a message for every quote", (id) => ({ body: /['"]/.test(id) ? FOUND + MESSAGE : FOUND })],
    ["a firewall's refusal", (id) => (/['"]/.test(id) ? { body: MESSAGE, status: 403 } : { body: FOUND })],
    ["numbers that look alike", (id) => ({ body: `${FOUND} Error 1064, part ORA-17, near ${id.length}` })],
  ])("is not claimed for %s", async (_, page) => {
    expect((await scan(page, { delays: false })).of("finding")).toEqual([]);
  });

  it("is known of a header that is written down, and costs one request for those that are not", async () => {
    const headers = (page: (agent: string) => TestResponse) =>
      testPlugin(plugin, {
        endpoints: [{ ...ITEM, url: "http://app.test/item" }],
        fetches: [{ url: "http://app.test/item" }],
        respond: (request) => page(new Map(request.headers).get("user-agent") ?? ""),
      });
    const found = await headers((agent) => ({ body: agent.split("'").length % 2 ? FOUND : MESSAGE }));
    expect(found.of("finding")).toMatchObject([
      { instance: { parameter: { name: "user-agent", in: "header" } } },
    ]);
    expect((await headers(() => ({ body: FOUND }))).requests).toHaveLength(1);
    const both = await testPlugin(plugin, {
      endpoints: [ITEM],
      fetches: [{ url: ITEM.url }],
      respond: (request) => {
        const sent = `${idOf(request)} ${new Map(request.headers).get("user-agent") ?? ""}`;
        return { body: sent.split("'").length % 2 ? FOUND : MESSAGE };
      },
    });
    expect(both.of("finding")).toHaveLength(2);
    expect((await headers(() => ({ body: MESSAGE }))).of("finding")).toEqual([]);
  });
});

describe("sql-injection, by condition", () => {
  /** A statement with the value as a number, whose errors show nothing. */
  function select(id: string): boolean {
    const [, number, left, right] = /^(\d+)(?:\sAND\s(\d+)=(\d+))?$/.exec(withoutComments(id)) ?? [];
    return number === "5" && left === right;
  }

  it("is proven where errors are hidden, with the endpoint's own value between", async () => {
    const result = await scan((id) => ({ body: select(id) ? FOUND : "<h1>Nothing</h1>" }), { delays: false });
    expect(result.of("finding")).toHaveLength(1);
    const kinds = result.of("evidence").map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "differential")).toHaveLength(7);
    expect(kinds.filter((kind) => kind === "negative_control")).toHaveLength(2);
  });

  it.each([
    ["drops spaces", (id: string) => id.replaceAll(" ", "")],
    ["drops the word", (id: string) => id.replaceAll(" AND ", " ")],
  ])("is proven past a filter that %s", async (_, filter) => {
    const result = await scan((id) => ({ body: select(filter(id)) ? FOUND : "<h1>Nothing</h1>" }), {
      delays: false,
    });
    expect(result.of("finding")).toHaveLength(1);
  });

  it("is proven on a page with one of three advertisements, whichever it shows when", async () => {
    const ads = ["Visit Rome", "Buy pans cheap", "Hot deal today only"];
    for (let turn = 0; turn < 9; turn += 1) {
      const first = turn % 3;
      let number = 0;
      // The first two answers show the same one, the others take turns.
      const adOf = () => ads[number++ < 2 ? first : (number + turn) % 3];
      const page = (id: string) => `${select(id) ? FOUND : "<h1>Nothing</h1>"}<i>${adOf()}</i>`;
      const result = await scan((id) => ({ body: page(id) }), { delays: false });
      expect(result.of("finding")).toHaveLength(1);
    }
  });

  it("is proven in the order of a list, of which errors show nothing", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (name TEXT, price INT); INSERT INTO t VALUES ('tent', 90), ('stove', 20)");
    const page = (order: string): TestResponse => {
      try {
        return { body: JSON.stringify(database.prepare(`SELECT * FROM t ORDER BY ${order}`).all()) };
      } catch {
        return { body: "No products" };
      }
    };
    const result = await scan((id) => page(id.replace(/^5/, "2")), { delays: false });
    expect(result.of("evidence")[0]?.details).toMatchObject({ context: "list, by a selection" });
  });

  it("is proven in a number of rows, of which errors show nothing", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (name TEXT); INSERT INTO t VALUES ('tent'), ('stove')");
    const page = (limit: string): TestResponse => {
      try {
        return { body: JSON.stringify(database.prepare(`SELECT name FROM t LIMIT ${limit}`).all()) };
      } catch {
        return { body: "No products" };
      }
    };
    const shown = (await scan(page, { delays: false })).of("evidence")[0];
    expect(shown?.details).toMatchObject({ context: "number, by a comment" });
  });

  it("is proven where a string is stored, and not where a program other than a database reads it", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (name TEXT)");
    const stores = (name: string) => database.exec(`INSERT INTO t VALUES ('${name}')`);
    const runs = (name: string) => new Function(`return '${name}'`)();
    const signUp = (use: (name: string) => unknown) =>
      testPlugin(plugin, {
        endpoints: [{ ...ITEM, method: "POST", parameters: [{ name: "name", in: "form" }] }],
        settings: { delays: false },
        respond: ({ body }) => {
          try {
            use(new URLSearchParams(String(body ?? "")).get("name") ?? "");
            return { body: "Saved" };
          } catch {
            return { body: "Sorry, that did not work" };
          }
        },
      });
    expect((await signUp(stores)).of("finding")).toHaveLength(1);
    expect((await signUp(runs)).of("finding")).toEqual([]);
  });

  it("is proven where only the status tells, though the value selects nothing", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (name TEXT)");
    const page = (id: string): TestResponse => {
      try {
        return {
          body: `${database.prepare(`SELECT * FROM t WHERE name LIKE '%${id}%'`).all().length} found`,
        };
      } catch {
        return { body: "Something went wrong", status: 500 };
      }
    };
    const result = await scan(page, { delays: false });
    expect(result.of("evidence")[0]?.details).toMatchObject({ context: "string, by grammar" });
    expect(result.requests).toHaveLength(16);
  });

  it.each<[string, number, (id: string) => TestResponse]>([
    [
      "a list that wants its quotes closed",
      28,
      (id) => (id.split("'").length % 2 ? { body: "" } : { body: "", status: 500 }),
    ],
    [
      "a search with phrases and AND",
      28,
      (id) => (id.split('"').length % 2 && !/AND\sAND/.test(id) ? { body: "0" } : { body: "", status: 400 }),
    ],
    ["a value that nothing reads", 3, () => ({ body: FOUND })],
    ["a value of which the number is read", 3, (id) => ({ body: FOUND + Number.parseInt(id, 10) })],
    ["a value that is looked up", 10, (id) => ({ body: id === "5" ? FOUND : "Nothing" })],
    [
      "a value that must be a number",
      10,
      (id) => (id === "5" ? { body: FOUND } : { body: "Bad", status: 400 }),
    ],
    [
      "a firewall",
      16,
      (id) => (/['"=]/.test(id) ? { body: "No", status: 403 } : { body: id === "5" ? FOUND : "" }),
    ],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await scan(page, { delays: false });
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });
});

describe("sql-injection, by delay", () => {
  /** What a MySQL that runs the value in a string would take for it, ms. */
  function delayOf(id: string): number {
    const [, seconds = "0"] = /SLEEP\((\d)\)\)\)q/.exec(id) ?? [];
    return 40 + Number(seconds) * 1_000;
  }

  it("is proven by answers that come as late as was asked for", async () => {
    const result = await scan((id) => ({ body: FOUND, elapsedMs: delayOf(id) }));
    expect(result.of("finding")).toHaveLength(1);
    expect(result.of("evidence")[0]).toMatchObject({ kind: "timing", details: { database: "MySQL" } });
  });

  it("costs five requests where nothing waits, and none on a target that is unsteady", async () => {
    expect((await scan(() => ({ body: FOUND, elapsedMs: 40 }))).requests).toHaveLength(8);
    let number = 0;
    const unsteady = await scan(() => ({ body: FOUND, elapsedMs: (number++ % 3) * 3_000 }));
    expect(unsteady.of("finding")).toEqual([]);
    expect(unsteady.requests).toHaveLength(3);
  });
});
