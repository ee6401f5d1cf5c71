import { describe, expect, it } from "@jest/globals";
import { type Launcher, launchCommand } from "./launch.ts";

const FULL: Launcher = {
  node: "/opt/node",
  hasPermissions: true,
  bubblewrap: "/usr/bin/bwrap",
  filter: Buffer.from("filter"),
  prlimit: "/usr/bin/prlimit",
  setpriv: "/usr/bin/setpriv",
  isRoot: true,
  sharedObjects: ["/lib/libc.so.6"],
};
const PROGRAM = { path: "/cache/a.cjs", memoryMb: 100 };

describe("launchCommand", () => {
  it("chains setpriv, prlimit, bwrap and node, and shows the sandbox three files", () => {
    const { file, args, filter } = launchCommand(FULL, PROGRAM);
    const line = [file, ...args].join(" ");
    expect(line).toMatch(
      /^\S+setpriv .*--reuid 65534 .*prlimit --data=880803840 .*bwrap .* -- \/node --permission /,
    );
    expect(args.filter((arg) => arg === "--ro-bind")).toHaveLength(3);
    expect(line).toContain("--seccomp 4 ");
    expect(filter).toBe(FULL.filter);
    expect(line).toContain("--ro-bind /cache/a.cjs /plugin.cjs");
    expect(line).toMatch(/--allow-fs-read=\/plugin\.cjs .*--max-old-space-size=100 .*\/plugin\.cjs$/);
  });

  it("does without what the machine does not have", () => {
    const command = launchCommand({ ...FULL, bubblewrap: null, prlimit: null, setpriv: null }, PROGRAM);
    expect(command).toMatchObject({ file: "/opt/node", filter: null });
    expect(command.args).toContain("--allow-fs-read=/cache/a.cjs");
  });

  it("changes the user only as root", () => {
    const { args } = launchCommand({ ...FULL, isRoot: false }, PROGRAM);
    expect(args).toContain("--no-new-privs");
    expect(args).not.toContain("--reuid");
  });
});
