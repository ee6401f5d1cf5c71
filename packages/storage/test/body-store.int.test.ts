import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestBucket, type TestBucket } from "@picket/testing";
import { type BodyStore, createStore, type StoreConfig, sweepOrphans } from "../src/index.ts";

const ABSENT = `sha256/00/00/${"0".repeat(64)}`;
const bytesOf = (text: string) => new TextEncoder().encode(text);

let root: string;
let s3: TestBucket;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "picket-bodies-"));
  s3 = await createTestBucket();
});

afterAll(() => rm(root, { recursive: true, force: true }));

function s3Config(bucket: string): StoreConfig {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const credentials = { accessKeyId, secretAccessKey };
  return { kind: "s3", endpoint, region, bucket, credentials, forcePathStyle: true };
}

const BACKENDS: [string, (name: string) => StoreConfig][] = [
  ["local folder", (name) => ({ kind: "local", dir: join(root, "local", name) })],
  ["S3", s3Config],
];

describe.each(BACKENDS)("body store in a %s", (_, configOf) => {
  const stores: BodyStore[] = [];

  async function freshStore(): Promise<BodyStore> {
    const store = createStore(configOf(`bodies-${crypto.randomUUID()}`));
    stores.push(store);
    await store.check();
    return store;
  }

  afterAll(() => {
    for (const store of stores) store.close();
  });

  it("gives back the bytes that were put, under the hash of those bytes", async () => {
    const store = await freshStore();
    const bytes = Uint8Array.from({ length: 70_000 }, (_value, index) => (index * 7) % 256);
    const body = await store.put(bytes);
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    expect(body).toEqual({
      path: `sha256/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`,
      sha256: digest,
      size: 70_000,
    });
    expect(Buffer.compare(await store.get(body.path), bytes)).toBe(0);
  });

  it("stores an empty body", async () => {
    const store = await freshStore();
    const { path } = await store.put(new Uint8Array());
    expect(await store.get(path)).toHaveLength(0);
  });

  it("stores equal bytes once, also when many writers put them at the same moment", async () => {
    const store = await freshStore();
    const bodies = await Promise.all(Array.from({ length: 20 }, () => store.put(bytesOf("the same"))));
    expect(new Set(bodies.map(({ path }) => path)).size).toBe(1);
    expect((await store.list("sha256/")).bodies).toHaveLength(1);
    expect(Buffer.from(await store.get(bodies[0]?.path ?? "")).toString()).toBe("the same");
  });

  it("tells what is there and what is not", async () => {
    const store = await freshStore();
    const { path } = await store.put(bytesOf("x"));
    expect(await store.has(path)).toBe(true);
    expect(await store.has(ABSENT)).toBe(false);
    await expect(store.get(ABSENT)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("deletes, and takes deleting what is not there for done", async () => {
    const store = await freshStore();
    const { path } = await store.put(bytesOf("x"));
    expect(await store.delete(path)).toBe(true);
    expect(await store.has(path)).toBe(false);
    expect(await store.delete(path)).toBe(true);
  });

  it("keeps a body that was put again since", async () => {
    const store = await freshStore();
    const { path } = await store.put(bytesOf("x"));
    expect(await store.delete(path, new Date(Date.now() - 60_000))).toBe(false);
    expect(await store.has(path)).toBe(true);
    expect(await store.delete(path, new Date(Date.now() + 60_000))).toBe(true);
  });

  it.each([
    "../../etc/passwd",
    "/etc/passwd",
    "sha256/00/00/../../../../etc/passwd",
    `sha256/11/00/${"0".repeat(64)}`,
    `${ABSENT}\n`,
    "",
  ])("refuses %j, which no put ever gave", async (path) => {
    const store = await freshStore();
    for (const use of [store.get(path), store.has(path), store.delete(path)]) {
      await expect(use).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
  });

  it("lists by prefix in order of path, and goes on after a cursor", async () => {
    const store = await freshStore();
    const puts = Array.from({ length: 30 }, (_value, index) => store.put(bytesOf(`body ${index}`)));
    const paths = (await Promise.all(puts)).map(({ path }) => path).sort();
    const all = await store.list("sha256/");
    expect(all.bodies.map(({ path }) => path)).toEqual(paths);
    const [first] = all.bodies;
    expect(first?.size).toBe((await store.get(first?.path ?? "")).length);
    expect(Math.abs(Date.now() - (first?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
    expect(all.cursor).toBeNull();
    const prefix = (paths[12] ?? "").slice(0, 9);
    expect((await store.list(prefix)).bodies.map(({ path }) => path)).toEqual(
      paths.filter((path) => path.startsWith(prefix)),
    );
    expect((await store.list("sha256/", paths[9])).bodies.map(({ path }) => path)).toEqual(paths.slice(10));
  });

  it("sweeps old bodies that no row names, and nothing else", async () => {
    const store = await freshStore();
    const kept = await store.put(bytesOf("named by a row"));
    const orphan = await store.put(bytesOf("named by none"));
    const findReferenced = async (paths: readonly string[]) =>
      new Set(paths.filter((path) => path === kept.path));
    const young = await sweepOrphans(store, { olderThan: new Date(Date.now() - 60_000), findReferenced });
    expect(young).toEqual({ seen: 2, deleted: 0 });
    const old = await sweepOrphans(store, { olderThan: new Date(Date.now() + 60_000), findReferenced });
    expect(old).toEqual({ seen: 2, deleted: 1 });
    expect([await store.has(kept.path), await store.has(orphan.path)]).toEqual([true, false]);
  });
});
