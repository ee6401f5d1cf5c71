import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { PluginManifest } from "@picket/core";
import { z } from "zod";
import { isPlugin, manifestOf, type Plugin } from "./define-plugin.ts";
import { testPlugin } from "./testing/index.ts";

const FOLDER = resolve(import.meta.dirname, "../../plugins");

const PackageFile = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.strictObject({ ".": z.literal("./src/plugin.ts") }),
});

interface Loaded {
  name: string;
  folder: string;
  file: z.infer<typeof PackageFile>;
  exported: Record<string, unknown>;
  plugin: Plugin;
}

async function load(name: string): Promise<Loaded> {
  const folder = join(FOLDER, name);
  const file = PackageFile.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  const exported: Record<string, unknown> = await import(join(folder, "src/plugin.ts"));
  if (!isPlugin(exported.plugin)) throw new TypeError(`${name}/src/plugin.ts exports no plugin`);
  return { name, folder, file, exported, plugin: exported.plugin };
}

const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const all = await Promise.all(folders.map(({ name }) => load(name)));

describe.each(all)("plugin $name", ({ name, folder, file, exported, plugin }) => {
  const manifest = PluginManifest.parse(manifestOf(plugin));

  it("has the name and version of its folder and package, and exports nothing else", () => {
    expect(manifest).toMatchObject({ name, version: file.version });
    expect(file.name).toBe(`@picket/plugin-${name}`);
    expect(Object.keys(exported)).toEqual(["plugin"]);
  });

  it("explains every finding and setting in its README", () => {
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    const explained = (word: string) => readme.includes(word.replace(/-with-credentials$/, ""));
    expect(
      [...manifest.emits, ...Object.keys(manifest.defaultConfig)].filter((word) => !explained(word)),
    ).toEqual([]);
  });

  it("has unit tests", () => {
    expect(readdirSync(join(folder, "src")).some((file) => file.endsWith(".test.ts"))).toBe(true);
    expect(existsSync(join(folder, "src/plugin.test.ts"))).toBe(true);
  });

  it("asks the target for nothing without the capability to", async () => {
    const needsHttp = manifest.requiredCapabilities.some((capability) => capability.startsWith("http:"));
    const { requests } = await testPlugin(plugin);
    expect(requests.length > 0 && !needsHttp).toBe(false);
    expect(manifest.stage === "inspect" && needsHttp).toBe(false);
  });

  it("asks for nothing but the places of a focused scan and paths beside them", async () => {
    if (!manifest.requiredCapabilities.includes("http:active")) return;
    const { requests } = await testPlugin(plugin, {
      focus: [
        { method: "GET", url: "http://app.test/there/place.php.bak", parameter: null },
        { method: "GET", url: "http://app.test/there/go?next=1", parameter: { name: "next", in: "query" } },
      ],
      fetches: [{ url: "/elsewhere.php", headers: { "content-type": "application/json" } }],
    });
    expect(requests.length).toBeGreaterThan(0);
    // Whoever looks as one user and as another has to learn first who they are.
    const others = requests.filter(({ identity }) => identity === undefined);
    expect(others.filter(({ url }) => !url.startsWith("http://app.test/there/"))).toEqual([]);
  });

  it("finds nothing on a target that has nothing", async () => {
    expect((await testPlugin(plugin)).of("finding")).toEqual([]);
  });
});

describe("all plugins together", () => {
  it("are there", () => {
    expect(all.length).toBeGreaterThan(0);
  });

  it("share no finding type: a finding's identity does not name its plugin", () => {
    const types = all.flatMap(({ plugin }) => plugin.emits);
    expect(types.filter((type, index) => types.indexOf(type) !== index)).toEqual([]);
  });
});
