import { hash } from "node:crypto";
import { AppError } from "@picket/core";

/** Where a stored body is: `sha256/ab/cd/<hex>`, the SHA-256 of its bytes. */
export interface StoredBody {
  path: string;
  sha256: string;
  size: number;
}

export interface ListedBody {
  path: string;
  size: number;
  /** When it was last put; putting it again renews it. */
  modifiedAt: Date;
}

export interface BodyPage {
  bodies: ListedBody[];
  /** Give it to the next call; null: there is no more. */
  cursor: string | null;
}

/**
 * Bodies by the hash of their bytes: the same bytes are stored once and putting them again changes nothing. All methods
 * throw STORAGE_UNAVAILABLE when the store does not answer, and INVALID_INPUT for what is not a body's path.
 */
export interface BodyStore {
  /** Written whole or not at all, and durable when it returns. */
  put(bytes: Uint8Array): Promise<StoredBody>;
  /** Throws NOT_FOUND when it is not there, INTERNAL when its bytes do not match its hash. */
  get(path: string): Promise<Uint8Array>;
  has(path: string): Promise<boolean>;
  /** False when it was put at or after `unlessPutSince` and so was kept. What is not there counts as deleted. */
  delete(path: string, unlessPutSince?: Date): Promise<boolean>;
  /** In order of path, at most 1,000; `prefix` such as `sha256/ab`, `cursor` from the page before. */
  list(prefix: string, cursor?: string): Promise<BodyPage>;
  /** Resolves when bodies can be written and read. Creates the folder, and the bucket where that is allowed. */
  check(): Promise<void>;
  /** Ends idle connections. */
  close(): void;
}

export const PAGE_SIZE = 1_000;

export function storedBody(bytes: Uint8Array): StoredBody {
  const sha256 = hash("sha256", bytes);
  return { path: `sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`, sha256, size: bytes.length };
}

/** The path itself when it is one that `put` gives: so it cannot lead out of the store. */
export function checkedPath(path: string): string {
  if (/^sha256\/([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}$/.test(path)) return path;
  throw new AppError(
    "INVALID_INPUT",
    `not the path of a stored body: ${JSON.stringify(path.slice(0, 120))}`,
    {
      hint: "Use the path that was stored with the fetch.",
    },
  );
}

export function checkedBytes(path: string, bytes: Uint8Array): Uint8Array {
  if (storedBody(bytes).path === path) return bytes;
  throw new AppError("INTERNAL", `stored body ${path} does not match its hash`, {
    hint: "The store's data was changed or damaged: restore it from a backup, or scan again.",
  });
}

export function notFound(path: string, cause: unknown): AppError {
  return new AppError("NOT_FOUND", `there is no stored body ${path}`, { cause });
}
