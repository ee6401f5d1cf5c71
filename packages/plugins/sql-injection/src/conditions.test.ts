import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "@jest/globals";
import { bareConditions, grammarOf, joinGrammarOf, stringConditions } from "./conditions.ts";
import { delaysFor } from "./delays.ts";

const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE t (id INTEGER, name TEXT); INSERT INTO t VALUES (5, 'tent'), (6, 'stove')");

const PAIR = { a: 4127, b: 9351 };

/** Rows, or null when the statement cannot be read. */
function rows(statement: string): number | null {
  try {
    return database.prepare(statement).all().length;
  } catch {
    // Broken syntax is one of the answers.
    return null;
  }
}

const PLACES: readonly [context: string, value: string, write: (value: string) => string][] = [
  ["number", "5", (value) => `SELECT * FROM t WHERE id=${value}`],
  ["number in parentheses", "5", (value) => `SELECT * FROM t WHERE (id=${value}) LIMIT 1`],
  ["string", "tent", (value) => `SELECT * FROM t WHERE name='${value}' ORDER BY id`],
  ["string in parentheses", "tent", (value) => `SELECT * FROM t WHERE (id>1 AND (name='${value}'))`],
  ["pattern", "ten", (value) => `SELECT * FROM t WHERE name LIKE '%${value}%'`],
  ["pattern in parentheses", "ten", (value) => `SELECT * FROM t WHERE (name LIKE '%${value}%')`],
];

const conditionsFor = (value: string) => [...bareConditions(value), ...stringConditions(value)];

describe("stringConditions and bareConditions", () => {
  it.each(PLACES)("keeps a statement whole with the value as %s", (context, value, write) => {
    const kind = conditionsFor(value).find((one) => one.context === context);
    if (!kind) throw new Error(`no conditions for ${context}`);
    expect(rows(write(kind.alike(PAIR)))).toBe(rows(write(value)));
    expect(rows(write(kind.other(PAIR)))).toBe(0);
    expect(rows(write(kind.broken(PAIR)))).toBeNull();
  });

  it("widens no statement", () => {
    for (const [, value, write] of PLACES) {
      for (const kind of conditionsFor(value)) {
        const selected = [kind.alike(PAIR), kind.other(PAIR), kind.broken(PAIR)].map(
          (sent) => rows(write(sent)) ?? 0,
        );
        expect(Math.max(...selected)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe("bareConditions", () => {
  it.each([
    ["an order", "name", (value: string) => `SELECT * FROM t ORDER BY ${value}`],
    ["a direction", "desc", (value: string) => `SELECT * FROM t ORDER BY name ${value}`],
    [
      "a column with its direction",
      "name asc",
      (value: string) => `SELECT * FROM t ORDER BY ${value} LIMIT 5`,
    ],
    ["a list", "5", (value: string) => `SELECT * FROM t WHERE id IN (6,${value})`],
  ])("is whole or broken as %s", (_, value, write) => {
    const lists = bareConditions(value).filter(({ context }) => context.startsWith("list"));
    expect(lists).toHaveLength(2);
    for (const kind of lists) {
      expect(rows(write(kind.alike(PAIR)))).toBe(rows(write(value)));
      expect(rows(write(kind.other(PAIR)))).toBeNull();
      expect(rows(write(kind.broken(PAIR)))).toBeNull();
    }
  });

  it.each([
    ["a limit", (value: string) => `SELECT * FROM t LIMIT ${value}`],
    ["an offset", (value: string) => `SELECT * FROM t LIMIT 1 OFFSET ${value}`],
    ["a number that is compared", (value: string) => `SELECT * FROM t WHERE id=${value}`],
  ])("are whole or broken where only a number may stand: %s", (_, write) => {
    const kind = bareConditions("1").find(({ context }) => context.includes("comment"));
    if (!kind) throw new Error("no comment after a number");
    expect(rows(write(kind.alike(PAIR)))).toBe(rows(write("1")));
    expect(rows(write(kind.other(PAIR)))).toBeNull();
    expect(rows(write(kind.broken(PAIR)))).toBeNull();
  });

  it("are none of free text", () => expect(bareConditions("red tent")).toEqual([]));
});

describe("grammarOf", () => {
  it.each(PLACES.slice(2))("is whole or broken wherever a string stands: %s", (_, value, write) => {
    const kind = grammarOf(value, "'");
    expect(rows(write(kind.alike(PAIR)))).toBe(0);
    expect(rows(write(kind.other(PAIR)))).toBeNull();
    expect(rows(write(kind.broken(PAIR)))).toBeNull();
  });
});

describe("joinGrammarOf", () => {
  it.each([
    ["a value that is compared", (value: string) => `SELECT * FROM t WHERE name='${value}'`],
    ["a value that is inserted", (value: string) => `INSERT INTO t(name) VALUES ('${value}') RETURNING 1`],
  ])("is whole or broken as %s", (_, write) => {
    const kind = joinGrammarOf("red");
    expect(rows(write(kind.alike(PAIR)))).not.toBeNull();
    expect(rows(write(kind.other(PAIR)))).toBeNull();
    expect(rows(write(kind.broken(PAIR)))).toBeNull();
  });
});

/** False when the statement's syntax is broken; what it names need not be there. */
function isReadable(statement: string): boolean {
  try {
    database.prepare(statement);
    return true;
  } catch (error) {
    return !/syntax error|unrecognized token|incomplete input/.test(String(error));
  }
}

describe("delaysFor", () => {
  const expressions = delaysFor("5").filter(({ database: name }) => name !== "Microsoft SQL Server");
  // SQLite knows no packages.
  const readable = (statement: string) => isReadable(statement.replaceAll("DBMS_PIPE.", ""));

  it.each([
    ["a number", (value: string) => `SELECT * FROM t WHERE id=${value}`],
    ["a string", (value: string) => `SELECT * FROM t WHERE name='${value}'`],
    ["a pattern in parentheses", (value: string) => `SELECT * FROM t WHERE (name LIKE '%${value}%')`],
    ["a value that is inserted", (value: string) => `INSERT INTO t VALUES (7, '${value}')`],
    ["an order", (value: string) => `SELECT * FROM t ORDER BY ${value}`],
  ])("keep a statement whole as %s, and break it where they must not run", (_, write) => {
    expect(expressions.map(({ delaying }) => readable(write(delaying(3))))).toEqual([true, true, true]);
    expect(expressions.map(({ inert }) => readable(write(inert(3))))).toEqual([false, false, false]);
  });

  it.each([
    ["a number", (value: string) => `SELECT * FROM t WHERE id=${value} ORDER BY id`],
    ["a string", (value: string) => `SELECT * FROM t WHERE name='${value}' ORDER BY id`],
  ])("end a statement for SQL Server and begin another: %s", (place, write) => {
    const waits = delaysFor("5").filter(({ database: name }) => name === "Microsoft SQL Server");
    const wait = waits[place === "a number" ? 0 : 1];
    if (!wait) throw new Error("no delay for SQL Server");
    const halves = (statement: string) => statement.split("--", 1)[0]?.split(/ (?=WAITFOR)/) ?? [];
    const [first = "", second] = halves(write(wait.delaying(3)));
    expect([rows(first), second]).toEqual([1 - waits.indexOf(wait), "WAITFOR DELAY '0:0:3'"]);
    expect(halves(write(wait.inert(3)))).toHaveLength(3);
  });
});
