import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type BodyPreparer,
  type BodyStore,
  createBodyPreparer,
  createStore,
  storeBody,
} from "../src/index.ts";

const redaction = { emails: false, cards: false };

let dir: string;
let store: BodyStore;
let preparer: BodyPreparer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "picket-bodies-"));
  store = createStore({ kind: "local", dir });
  preparer = createBodyPreparer();
});

afterEach(async () => {
  await preparer.close();
  await rm(dir, { recursive: true, force: true });
});

describe("storeBody", () => {
  it("writes the redacted bytes and tells what the row must say of them", async () => {
    const bytes = Buffer.from('{"password":"hunter2"}');
    const record = await storeBody({ bodies: store, preparer }, bytes, {
      mode: "full",
      contentType: "application/json",
      redaction,
    });
    const stored = await store.get(record.bodyPath ?? "");
    expect(Buffer.from(stored).toString()).toBe('{"password":"[redacted:password]"}');
    expect(record).toEqual({
      storageMode: "full",
      bodyPath: `sha256/${record.bodyHash?.slice(0, 2)}/${record.bodyHash?.slice(2, 4)}/${record.bodyHash}`,
      bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      size: bytes.length,
      truncated: false,
      redactionVersion: 7,
      reason: null,
      isVerbatim: false,
    });
  });

  it.each(["<p>Hello</p>", ""])("says that %j is stored as it was received", async (text) => {
    const record = await storeBody({ bodies: store, preparer }, Buffer.from(text), {
      mode: "full",
      contentType: "text/html",
      redaction,
    });
    expect(record.isVerbatim).toBe(true);
  });

  it("touches the store not at all for a body of which nothing is kept", async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
    const record = await storeBody({ bodies: store, preparer }, png, {
      mode: "sampled",
      contentType: "image/png",
      redaction,
    });
    expect(record).toMatchObject({
      storageMode: "none",
      bodyPath: null,
      bodyHash: null,
      size: 9,
      truncated: true,
      isVerbatim: false,
    });
    expect(await readdir(dir)).toEqual([]);
  });
});
