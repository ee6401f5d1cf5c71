import { chmod, mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createStore, sweepOrphans } from "../src/index.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

let root: string;
let dir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "picket-bodies-"));
  dir = join(root, "bodies");
});

afterEach(async () => {
  await chmod(root, 0o700);
  await rm(root, { recursive: true, force: true });
});

describe("local body store", () => {
  it("creates its folder for its owner alone and touches nothing before", async () => {
    const store = createStore({ kind: "local", dir });
    await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
    const { path } = await store.put(bytesOf("x"));
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, path))).mode & 0o777).toBe(0o600);
  });

  it("leaves no temporary file behind, and clears those of writers that died", async () => {
    await mkdir(join(dir, "tmp"), { recursive: true });
    await writeFile(join(dir, "tmp", "young"), "still being written");
    await writeFile(join(dir, "tmp", "stale"), "half");
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(dir, "tmp", "stale"), longAgo, longAgo);
    const store = createStore({ kind: "local", dir });
    await Promise.all([store.check(), store.put(bytesOf("x")), store.put(bytesOf("x"))]);
    expect(await readdir(join(dir, "tmp"))).toEqual(["young"]);
  });

  it("heals a body that was cut short, and reports one that was changed", async () => {
    const store = createStore({ kind: "local", dir });
    const { path } = await store.put(bytesOf("whole"));
    await truncate(join(dir, path), 2);
    await expect(store.get(path)).rejects.toMatchObject({ code: "INTERNAL" });
    await store.put(bytesOf("whole"));
    expect(Buffer.from(await store.get(path)).toString()).toBe("whole");
  });

  it("renews the time of a body that is put again, so that a sweep running at the time keeps it", async () => {
    const store = createStore({ kind: "local", dir });
    const { path } = await store.put(bytesOf("x"));
    const longAgo = new Date(Date.now() - 48 * 3_600_000);
    await utimes(join(dir, path), longAgo, longAgo);
    const result = await sweepOrphans(store, {
      olderThan: new Date(Date.now() - 24 * 3_600_000),
      findReferenced: async () => {
        await store.put(bytesOf("x"));
        return new Set();
      },
    });
    expect(result).toEqual({ seen: 1, deleted: 0 });
  });

  it("pages through more bodies than one page holds", async () => {
    const store = createStore({ kind: "local", dir });
    for (let batch = 0; batch < 11; batch++) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.put(bytesOf(`${batch}/${index}`))));
    }
    const first = await store.list("sha256/");
    const second = await store.list("sha256/", first.cursor ?? "");
    expect([first.bodies.length, second.bodies.length, second.cursor]).toEqual([1_000, 100, null]);
    expect(new Set([...first.bodies, ...second.bodies].map(({ path }) => path)).size).toBe(1_100);
  });

  it("says that it is unavailable, and works once the fault is mended", async () => {
    await writeFile(dir, "a file where the folder should be");
    const store = createStore({ kind: "local", dir });
    await expect(store.check()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    await expect(store.put(bytesOf("x"))).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
      hint: expect.stringContaining("STORAGE_DIR"),
    });
    await rm(dir);
    await expect(store.put(bytesOf("x"))).resolves.toMatchObject({ size: 1 });
  });

  it("sets its folder up again after it was deleted", async () => {
    const store = createStore({ kind: "local", dir });
    await store.put(bytesOf("x"));
    await rm(dir, { recursive: true });
    await expect(store.check()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    await expect(store.check()).resolves.toBeUndefined();
    await expect(store.put(bytesOf("x"))).resolves.toMatchObject({ size: 1 });
  });
});
