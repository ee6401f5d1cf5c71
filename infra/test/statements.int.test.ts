import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "@jest/globals";

const ROOT = resolve(import.meta.dirname, "../..");
const ROW = /^\| (.+) \| (\S+\.test\.ts): (.+) \|$/;

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

it("names for each promise a test that is there", () => {
  const rows = read("infra/test/statements.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (promise|---)/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  const missing = rows.filter((row) => {
    const [, , path = "", name = ""] = ROW.exec(row) ?? [];
    return path === "" || !read(path).includes(name);
  });
  expect(missing).toEqual([]);
});
