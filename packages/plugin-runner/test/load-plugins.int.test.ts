import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { bundlePlugin } from "../src/bundle-plugin.ts";
import { createPluginRunner } from "../src/plugin-runner.ts";
import { createHarness, FIXTURES, type Harness, openFolder } from "./harness.ts";

let harness: Harness;
let folder: string;

beforeAll(async () => {
  [harness, folder] = await Promise.all([createHarness(), openFolder()]);
});

afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

/** A plugin outside of the workspace, whose manifest is `manifest` laid over a right one. */
async function writePlugin(name: string, manifest: string, head = "", file = "plugin.ts"): Promise<void> {
  const path = join(folder, name, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    `import { definePlugin } from "@picket/plugin-sdk";
import { z } from "zod";
${head}
export const plugin = definePlugin({
  name: "${basename(name)}", description: "A plugin.", version: "1.0.0", requiredCapabilities: [], stage: "inspect",
  emits: [], config: z.object({}), async *run() {}, ${manifest}
});
`,
  );
}

async function pathsIn(file: string, paths: readonly string[]): Promise<string[]> {
  const text = await readFile(file, "utf8");
  return paths.filter((path) => text.includes(path));
}

describe("loading plugins", () => {
  it("loads what is right, and refuses the rest with file and reason", async () => {
    await writePlugin(
      "right",
      `emits: ["some-finding"], config: z.object({ depth: z.int().min(1).default(3) })`,
    );
    await writePlugin("in-javascript", "", "", "plugin.js");
    await writePlugin("in-src", "", "", "src/plugin.ts");
    await writePlugin("bad-name", `name: "Not Kebab"`);
    await writePlugin("bad-stage", `stage: "later"`);
    await writePlugin("no-default", "config: z.object({ token: z.string() })");
    await writePlugin("throws", "", `throw new Error("at import");`);
    await writePlugin("twice-a", `name: "twice"`);
    await writePlugin("twice-b", `name: "twice"`);
    await writePlugin("bad-import", "", `import "no-such-package";`);
    await writeFile(join(folder, "not-a-folder.ts"), "");
    await mkdir(join(folder, "empty"));
    await mkdir(join(folder, "no-export"));
    await writeFile(join(folder, "no-export", "plugin.ts"), "export const other = 1;");
    await mkdir(join(folder, "bad-syntax"));
    await writeFile(join(folder, "bad-syntax", "plugin.ts"), "export const plugin = ;\n");
    await mkdir(join(folder, "not-defined"));
    await writeFile(join(folder, "not-defined", "plugin.ts"), `export const plugin = { name: "x" };`);

    const { usable, refused } = await harness.runner.load([folder]);

    expect(usable.map(({ manifest }) => manifest.name)).toEqual([
      "in-javascript",
      "in-src",
      "right",
      "twice",
    ]);
    expect(usable.find(({ manifest }) => manifest.name === "right")?.manifest).toMatchObject({
      emits: ["some-finding"],
      defaultConfig: { depth: 3 },
      configSchema: { properties: { depth: { minimum: 1 } } },
      limits: { timeoutMs: 300_000, memoryMb: 256, maxRequests: 10_000 },
    });
    const reasons = Object.fromEntries(
      refused.map(({ file, reason }) => [file.slice(folder.length + 1), reason]),
    );
    expect(reasons).toEqual({
      "bad-import/plugin.ts": expect.stringMatching(/line 3: .*no-such-package/),
      "bad-name/plugin.ts": expect.stringMatching(/kebab-case.*name/),
      "bad-stage/plugin.ts": expect.stringMatching(/stage/),
      "bad-syntax/plugin.ts": expect.stringMatching(/line 1: /),
      "no-default/plugin.ts": expect.stringMatching(/token/),
      "no-export/plugin.ts": expect.stringMatching(/No matching export.*"plugin"/),
      "not-defined/plugin.ts": expect.stringMatching(/definePlugin/),
      "throws/plugin.ts": expect.stringMatching(/at import/),
      "twice-b/plugin.ts": expect.stringMatching(/the name twice is taken by .*twice-a/),
    });
  });

  it("says that a folder is not there", async () => {
    await expect(harness.runner.load([join(folder, "nowhere")])).rejects.toMatchObject({
      code: "INVALID_CONFIG",
    });
  });
});

describe("a bundle", () => {
  it("is the same for the same sources below another path, and shows none", async () => {
    const [here, there] = [join(FIXTURES, "completes"), join(folder, "copies", "completes")];
    await cp(FIXTURES, join(folder, "copies"), { recursive: true });
    const [first, second] = [await bundlePlugin(here, harness), await bundlePlugin(there, harness)];
    expect(second).toEqual(first);
    expect(await pathsIn(first.path, [folder, FIXTURES, "node_modules", "fixtures/"])).toEqual([]);
  });

  it("holds what is imported from CommonJS without its path", async () => {
    await writePlugin(
      "uses-commonjs",
      "",
      `import { value } from "./legacy.cjs"; export const kept = value;`,
    );
    await writeFile(join(folder, "uses-commonjs", "legacy.cjs"), "exports.value = 42;");
    await cp(join(folder, "uses-commonjs"), join(folder, "deep", "er", "uses-commonjs"), { recursive: true });
    const bundles = [
      await bundlePlugin(join(folder, "uses-commonjs"), harness),
      await bundlePlugin(join(folder, "deep", "er", "uses-commonjs"), harness),
    ];
    expect(bundles[0]).toEqual(bundles[1]);
    expect(await pathsIn(bundles[0]?.path ?? "", ["legacy.cjs"])).toEqual([]);
  });

  it("holds the operator's data in place of the plugin's own, under a digest of its own", async () => {
    const parent = join(folder, "with-data");
    await writePlugin(
      "with-data/aging",
      "description: data.value",
      `import data from "./words.json";`,
      "src/plugin.ts",
    );
    await writePlugin("with-data/other", "description: data.value", `import data from "./words.json";`);
    for (const file of ["aging/src/words.json", "other/words.json"])
      await writeFile(join(parent, file), `{"value": "as it came"}`);
    const dataDir = join(folder, "data");
    await mkdir(join(dataDir, "aging"), { recursive: true });
    await writeFile(join(dataDir, "aging", "words.json"), `{"value": "newer"}`);
    const { isolation, cacheDir } = harness;
    const runner = createPluginRunner({ isolation, cacheDir, dataDir });
    const { usable } = await runner.load([parent]);
    expect(usable.map(({ manifest }) => manifest.description)).toEqual(["newer", "as it came"]);
    expect(await runner.describe(join(parent, "aging"))).toMatchObject({ codeDigest: usable[0]?.codeDigest });
    const before = await harness.runner.describe(join(parent, "aging"));
    expect([before.manifest.description, before.codeDigest === usable[0]?.codeDigest]).toEqual([
      "as it came",
      false,
    ]);
    await writeFile(join(dataDir, "aging", "words.json"), `{"value": `);
    expect((await runner.load([parent])).refused.map(({ dir }) => dir)).toEqual([join(parent, "aging")]);
  });

  it("changes with one character of the source", async () => {
    await writePlugin("changing", "");
    const before = await bundlePlugin(join(folder, "changing"), harness);
    await writePlugin("changing", `description: "A plugin!"`);
    const after = await bundlePlugin(join(folder, "changing"), harness);
    expect(after.codeDigest).not.toBe(before.codeDigest);
  });

  it("does not run once it was changed", async () => {
    const plugin = await harness.runner.describe(join(FIXTURES, "completes"));
    await expect(
      harness.run("completes", { bundle: { ...plugin, codeDigest: "0".repeat(64) } }),
    ).rejects.toMatchObject({ code: "INVALID_PLUGIN" });
  });

  it("does not run as another plugin than the registered one", async () => {
    const plugin = await harness.runner.describe(join(FIXTURES, "throws"));
    const run = await harness.run("completes", {
      bundle: { ...plugin, manifest: { ...plugin.manifest, version: "2.0.0" } },
    });
    expect(run).toMatchObject({ reason: "protocol_error", detail: "is throws 1.0.0, not throws 2.0.0" });
  });
});
