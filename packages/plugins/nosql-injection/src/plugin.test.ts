import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

type Value = string | number | boolean | { [name: string]: Value };
type Fields = Record<string, Value>;

/** As Express with qs, and PHP, read a query or a form. */
function fieldsOf(text: string): Fields {
  const fields: Fields = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== "");
    const last = path.pop() ?? "";
    let holder = fields;
    for (const part of path) {
      holder[part] = typeof holder[part] === "object" ? holder[part] : {};
      holder = holder[part];
    }
    holder[last] = value;
  }
  return fields;
}

const sentIn = ({ method, url, body, headers = [] }: HttpRequest): Fields => {
  if (method === "GET") return fieldsOf(new URL(url).search);
  const isJson = headers.some(([, value]) => value === "application/json");
  return isJson ? JSON.parse(String(body)) : fieldsOf(String(body));
};

/** A condition as MongoDB evaluates it. */
function fits(stored: string | number, condition: Value): boolean {
  if (typeof condition !== "object") return stored === condition;
  return Object.entries(condition).every(([operator, value]) => {
    if (operator === "$eq") return fits(stored, value);
    if (operator === "$ne") return !fits(stored, value);
    if (operator === "$not") return !fits(stored, value);
    if (operator === "$regex") return new RegExp(String(value)).test(String(stored));
    if (operator.startsWith("$")) throw new Error(`unknown operator: ${operator}`);
    return false;
  });
}

const PEOPLE = [
  { name: "ann b.", password: "kettle", room: 12 },
  { name: "bob", password: "rope", room: 14 },
];

const FOUND = (names: readonly string[]): TestResponse =>
  names.length > 0 ? { body: `Found: ${names.join(", ")}` } : { status: 404, body: "Nobody of this name" };

type Page = (fields: Fields) => TestResponse;

/** Hides or shows what the database says. */
function guarded(page: Page, shown = false): Page {
  return (fields) => {
    try {
      return page(fields);
    } catch (error) {
      return { status: 500, body: shown ? String(error) : "Something went wrong" };
    }
  };
}

const byName: Page = ({ name = "" }) =>
  FOUND(PEOPLE.filter((one) => fits(one.name, name)).map((one) => one.name));

const FIND = "http://app.test/find";

function scan(page: Page, parameters: readonly object[], url = FIND) {
  const method = parameters.length > 0 ? "POST" : "GET";
  const endpoint = { id: "1", method, url, route: "/find", parameters, source: "link" };
  return testPlugin(plugin, {
    endpoints: [endpoint as unknown as EndpointView],
    respond: (request) => page(sentIn(request)),
  });
}

const asked = (page: Page) => scan(page, [], `${FIND}?name=ann+b.`);
const LOGIN = [
  { name: "name", in: "form" },
  { name: "password", in: "form" },
];

const FINDING = { type: "nosql-injection", severity: "high" };
const context = (text: string) => ({ technique: "condition", context: expect.stringContaining(text) });

describe("nosql-injection", () => {
  it("is proven by what the database says of an operator that there is not", async () => {
    const result = await asked(guarded(byName, true));
    expect(result.of("finding")).toMatchObject([{ ...FINDING, instance: { parameter: { name: "name" } } }]);
    expect(result.of("evidence")[0]).toMatchObject({ kind: "pattern", details: { reader: "MongoDB" } });
    expect(result.requests).toHaveLength(5);
  });

  it("is proven by patterns where errors are hidden", async () => {
    const result = await asked(guarded(byName));
    expect(result.of("finding")).toMatchObject([FINDING]);
    expect(result.of("evidence")[0]?.details).toMatchObject(context("$regex"));
  });

  it("is proven for numbers in JSON", async () => {
    const byRoom: Page = ({ room = 0 }) =>
      FOUND(PEOPLE.filter((one) => fits(one.room, room)).map(({ name }) => name));
    const result = await scan(guarded(byRoom), [{ name: "/room", in: "json", example: "12" }]);
    expect(result.of("evidence")[0]?.details).toMatchObject(context("$not"));
  });

  it("is proven for a login, with name and password at once and by nobody's session", async () => {
    const login: Page = ({ name = "", password = "" }) => {
      const [person] = PEOPLE.filter((one) => fits(one.name, name) && fits(one.password, password));
      return person ? { body: `Welcome, ${person.name}` } : { status: 401, body: "No such login" };
    };
    const result = await scan(guarded(login), LOGIN);
    expect(result.of("finding")).toMatchObject([
      { ...FINDING, instance: { parameter: { name: "password" } } },
    ]);
    expect(result.of("evidence")[0]?.details).toMatchObject(context("$not"));
    expect(result.requests.map(({ identity }) => identity)).not.toContain(undefined);
  });

  it.each([
    ["a string", "name=ann+b.", "one.name == '#'"],
    ["a number", "room=12", "one.room == #"],
    ["a number between quotes", "room=12", "one.room >= '#' && one.room < 13"],
  ])("is proven for code with %s", async (_, query, code) => {
    const where: Page = (fields) => {
      const written = code.replace("#", String(Object.values(fields)[0]));
      return FOUND(PEOPLE.filter((one) => runInNewContext(written, { one })).map(({ name }) => name));
    };
    const result = await scan(guarded(where), [], `${FIND}?${query}`);
    expect(result.of("evidence")[0]?.details).toMatchObject(context("JavaScript"));
  });

  it.each<[string, number, Page]>([
    ["a value that nothing reads", 3, () => FOUND(["ann"])],
    ["a value that is repeated", 6, ({ name = "" }) => ({ body: `Hello ${String(name)}` })],
    [
      "objects that are refused",
      6,
      ({ name }) => (typeof name === "string" ? byName({ name }) : { status: 400 }),
    ],
    ["objects that are written as text", 6, ({ name = "" }) => byName({ name: String(name) })],
    [
      "objects that are ignored",
      6,
      ({ name = "" }) => (typeof name === "string" ? byName({ name }) : FOUND(["ann", "bob"])),
    ],
    [
      "objects of which the innermost value counts",
      6,
      ({ name = "" }) => byName({ name: /[^":{}]+(?="?\}*$)/.exec(JSON.stringify(name))?.[0] ?? "" }),
    ],
    [
      "filters that an interface offers",
      6,
      guarded(({ name = "" }) => {
        const [operator = "$eq"] = typeof name === "object" ? Object.keys(name) : [];
        return ["$eq", "$ne", "$gt", "$in"].includes(operator) ? byName({ name }) : { status: 400 };
      }),
    ],
    [
      "messages that repeat what was sent",
      6,
      ({ name = "" }) =>
        typeof name === "string"
          ? byName({ name })
          : { status: 400, body: `bad filter ${JSON.stringify(name)}` },
    ],
    [
      "an SQL statement",
      9,
      guarded(({ name = "" }) => byName({ name: String(name).replace(/'(?:and|&&).*/i, "") })),
    ],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await asked(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });

  it.each<[string, Page]>([
    ["refuses objects", ({ password }) => ({ status: typeof password === "string" ? 401 : 400 })],
    ["takes them for nothing", () => ({ status: 401, body: "No such login" })],
    ["lists what was wrong", ({ password }) => ({ status: 422, body: JSON.stringify({ password }) })],
    [
      "limits how often it is asked",
      ({ password }) => ({ status: typeof password === "string" ? 401 : 429 }),
    ],
  ])("is not claimed for a login that %s, in ten requests", async (_, page) => {
    const result = await scan(page, LOGIN);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(10);
  });

  it("takes values that look like operators for the texts they are", async () => {
    for (const value of ['{"$', '{"$ne":1}']) {
      const { requests, of } = await scan(
        () => ({ body: "Hello" }),
        [],
        `${FIND}?name=${encodeURIComponent(value)}`,
      );
      expect(of("finding")).toEqual([]);
      expect(new URL(requests[0]?.url ?? "").searchParams.get("name")).toBe(value);
    }
  });

  it("leaves what says an operator by its name", async () => {
    expect((await scan(byName, [], `${FIND}?price[$gt]=4`)).requests).toEqual([]);
  });
});
