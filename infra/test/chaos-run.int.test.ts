import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const RUN = join(import.meta.dirname, "../chaos/run.ts");

function chaos(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

describe("npm run chaos", () => {
  it.each([{ args: ["--help"] }, { args: [] }])("lists its programs: $args", ({ args }) => {
    const { code, out } = chaos(...args);
    expect(code).toBe(0);
    expect(out).toMatch(/<program> \[amount\] \[--seed <number>\]\n\n {2}schedules +10 minutes\n/);
  });

  it.each([
    ["an option it does not know", ["kills", "--sead=1"], "Unknown option '--sead'"],
    ["a program it does not know", ["kill"], "there is no program kill"],
    ["an amount that is none", ["kills", "many"], "the amount is a number of kills, not many"],
    ["an amount of nothing", ["kills", "0"], "the amount is a number of kills, not 0"],
    ["a seed that is none", ["kills", "--seed=x"], "--seed takes a number, not x"],
    ["two programs", ["kills", "1", "flush"], "one program and its amount are enough, not also flush"],
  ])("refuses %s in one line", (_, args, problem) => {
    const err = `picket: ${problem}. See npm run chaos -- --help.\n`;
    expect(chaos(...args)).toEqual({ code: 2, out: "", err });
  });
});
