import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./ports.ts";
import { type PostgresHome, preparePostgresHome } from "./postgres-home.ts";
import { commandOf } from "./processes.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { until } from "./until.ts";

/** Part of the cluster folder's name: another major version cannot read it. */
const MAJOR_VERSION = 18;
const SUPERUSER = "postgres";
/** Owns the databases and runs the migrations; may create databases and roles, is no superuser. */
const OWNER = "picket_owner";
const DATABASE = "picket";

export type PostgresService = {
  /** The database `picket` as the role that owns it. */
  ownerUrl: string;
  stop(): Promise<void>;
};

export type PostgresOptions = {
  /** Folder for the cluster and its password; made if missing. */
  dataDir: string;
  /** Default: a free one. */
  port?: number | undefined;
  /** Trade durability for speed and delete `dataDir` at the end: for tests. Default false. */
  ephemeral?: boolean;
};

/** Starts a private Postgres 18 on 127.0.0.1 from the binaries in node_modules; makes the cluster on first use. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresService> {
  const home = preparePostgresHome(options.dataDir);
  const cluster = join(home.dataDir, `cluster-${MAJOR_VERSION}`);
  const password = clusterPassword(home);
  if (!existsSync(cluster)) await initialiseCluster(home, cluster, options.ephemeral === true);
  await releaseStaleLock(cluster);
  const port = options.port ?? (await freePort());
  const server = startServer({ home, cluster, port, ephemeral: options.ephemeral === true });
  await prepareOwner(server, { port, password });
  const ownerUrl = urlFor({ role: OWNER, password, port, database: DATABASE });
  return { ownerUrl, stop: () => server.stop() };
}

type Address = { port: number; password: string };

function urlFor({ role, password, port, database }: Address & { role: string; database: string }): string {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
}

function passwordFile(home: PostgresHome): string {
  return join(home.dataDir, "password");
}

function clusterPassword(home: PostgresHome): string {
  const file = passwordFile(home);
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
    if (home.user) chownSync(file, home.user.uid, home.user.gid);
  }
  return readFileSync(file, "utf8");
}

/** A killed initdb leaves `<cluster>.new`, which the next start throws away. */
async function initialiseCluster(home: PostgresHome, cluster: string, ephemeral: boolean): Promise<void> {
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const initdb = supervise({
    command: join(home.binDir, "initdb"),
    args: [
      `--pgdata=${unfinished}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile(home)}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-instructions",
      ...(ephemeral ? ["--no-sync", "--no-data-checksums"] : []),
    ],
    cwd: home.dataDir,
    user: home.user,
    logFile: join(home.dataDir, "initdb.log"),
  });
  if ((await initdb.exited) !== 0) initdb.assertRunning();
  renameSync(unfinished, cluster);
}

/** After a crash postmaster.pid names a dead process, or one that is just ending, or another's number reused. */
async function releaseStaleLock(cluster: string): Promise<void> {
  const lock = join(cluster, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, "utf8").split("\n")[0]);
  const assertGone = async () => {
    if (!/postgres/.test(await commandOf(pid))) return;
    throw new Error(`process ${pid} still uses ${cluster}: stop the Picket that runs from this folder`);
  };
  await until(assertGone, { timeoutMs: 5_000 });
  rmSync(lock, { force: true });
}

type ServerOptions = { home: PostgresHome; cluster: string; port: number; ephemeral: boolean };

function startServer({ home, cluster, port, ephemeral }: ServerOptions): Supervised {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "UTC",
    ...(ephemeral ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
  };
  return supervise({
    command: join(home.binDir, "postgres"),
    args: ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    cwd: home.dataDir,
    logFile: join(home.dataDir, "postgres.log"),
    // INT ends the sessions in place of waiting for them, but a shell's background job ignores it until Postgres has
    // set its handlers; TERM ends it before that.
    stopSignals: ["TERM", "INT"],
    user: home.user,
    scratch: ephemeral ? home.dataDir : undefined,
  });
}

async function prepareOwner(server: Supervised, address: Address): Promise<void> {
  const connectionString = urlFor({ role: SUPERUSER, ...address, database: "postgres" });
  try {
    await until(() => createOwner(connectionString, address.password), { guard: server.assertRunning });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function createOwner(connectionString: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const roles = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [OWNER]);
    if (roles.rowCount === 0) {
      await client.query(`CREATE ROLE ${OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`);
    }
    const databases = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
  } finally {
    await client.end();
  }
}
