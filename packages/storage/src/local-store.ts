import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, isError } from "@picket/core";
import {
  type BodyPage,
  type BodyStore,
  checkedBytes,
  checkedPath,
  type ListedBody,
  notFound,
  PAGE_SIZE,
  storedBody,
} from "./body-store.ts";

/** A temporary file this old belongs to a process that died while writing. */
const STALE_TEMPORARY_MS = 3_600_000;

/**
 * Bodies as files below `dir`, which is created for its owner alone. Any number of processes may write at once: each
 * writes its own temporary file and renames it, so readers see whole bodies only.
 */
export function createLocalStore({ dir }: { dir: string }): BodyStore {
  const fileOf = (path: string) => join(dir, checkedPath(path));
  const temporaryDir = join(dir, "tmp");
  let prepared: Promise<void> | undefined;

  function prepare(): Promise<void> {
    prepared ??= prepareFolder(dir, temporaryDir);
    return prepared;
  }

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    const file = fileOf(path);
    await prepare();
    if (await renewed(file, bytes.length)) return;
    const temporary = join(temporaryDir, randomUUID());
    try {
      await writeDurably(temporary, bytes);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(file));
  }

  const available = async <Value>(action: Promise<Value>): Promise<Value> => {
    try {
      return await action;
    } catch (error) {
      if (error instanceof AppError) throw error;
      // Whatever is wrong with the folder, the next use sets it up again.
      prepared = undefined;
      throw unavailable(dir, error);
    }
  };

  return {
    async put(bytes) {
      const body = storedBody(bytes);
      await available(write(body.path, bytes));
      return body;
    },
    async get(path) {
      const bytes = await available(
        unlessMissing(readFile(fileOf(path)), (cause) => Promise.reject(notFound(path, cause))),
      );
      return checkedBytes(path, bytes);
    },
    async has(path) {
      return available(
        unlessMissing(
          stat(fileOf(path)).then(() => true),
          async () => false,
        ),
      );
    },
    async delete(path, unlessPutSince) {
      return available(unlessMissing(remove(fileOf(path), unlessPutSince), async () => true));
    },
    async list(prefix, cursor) {
      return available(listPage(dir, prefix, cursor));
    },
    async check() {
      const probe = join(temporaryDir, randomUUID());
      await available(prepare().then(() => writeDurably(probe, new Uint8Array(1))));
      await available(rm(probe));
    },
    close: () => undefined,
  };
}

async function prepareFolder(dir: string, temporaryDir: string): Promise<void> {
  await mkdir(temporaryDir, { recursive: true, mode: 0o700 });
  await mkdir(join(dir, "sha256"), { recursive: true, mode: 0o700 });
  for (const name of await readdir(temporaryDir)) {
    const file = join(temporaryDir, name);
    const isStale = async () => (await stat(file)).mtimeMs < Date.now() - STALE_TEMPORARY_MS;
    if (await unlessMissing(isStale(), async () => false)) await rm(file, { force: true });
  }
}

/** True when the file is there with this size; its time is renewed, so that a sweep of old bodies passes it by. */
async function renewed(file: string, size: number): Promise<boolean> {
  const renew = async () => {
    if ((await stat(file)).size !== size) return false;
    const now = new Date();
    await utimes(file, now, now);
    return true;
  };
  return unlessMissing(renew(), async () => false);
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename survives a power failure only when its folder was synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function remove(file: string, unlessPutSince: Date | undefined): Promise<boolean> {
  if (unlessPutSince && (await stat(file)).mtime >= unlessPutSince) return false;
  await rm(file);
  return true;
}

async function listPage(dir: string, prefix: string, cursor: string | undefined): Promise<BodyPage> {
  const bodies: ListedBody[] = [];
  for await (const path of walk(dir, "sha256", { prefix, cursor: cursor ?? "" })) {
    if (bodies.length === PAGE_SIZE) return { bodies, cursor: bodies.at(-1)?.path ?? null };
    const info = await unlessMissing(stat(join(dir, path)), async () => null);
    if (info) bodies.push({ path, size: info.size, modifiedAt: info.mtime });
  }
  return { bodies, cursor: null };
}

/** Paths of files in order, without entering folders that hold nothing at the prefix and after the cursor. */
async function* walk(
  dir: string,
  folder: string,
  range: { prefix: string; cursor: string },
): AsyncGenerator<string> {
  const { prefix, cursor } = range;
  const entries = await unlessMissing(
    readdir(join(dir, folder), { withFileTypes: true }),
    async (): Promise<Dirent[]> => [],
  );
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    const isInPrefix = path.startsWith(prefix) || prefix.startsWith(path);
    if (!isInPrefix || path < cursor.slice(0, path.length)) continue;
    if (entry.isDirectory()) yield* walk(dir, path, range);
    else if (path > cursor) yield path;
  }
}

async function unlessMissing<Value>(
  action: Promise<Value>,
  otherwise: (cause: unknown) => Promise<Value>,
): Promise<Value> {
  try {
    return await action;
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "ENOENT") return otherwise(error);
    throw error;
  }
}

function unavailable(dir: string, cause: unknown): AppError {
  return new AppError("STORAGE_UNAVAILABLE", `the folder for stored bodies cannot be used: ${dir}`, {
    hint: "Check that STORAGE_DIR is there, that this user may write to it, and that the disk is not full.",
    cause,
  });
}
