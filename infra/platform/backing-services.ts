import { connect } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { createAppLogin, migrate } from "../database/index.ts";
import { startPostgres, startRedis } from "../services/index.ts";
import { DATA } from "./data-folder.ts";
import { toMessage } from "./message.ts";
import type { Scope } from "./scope.ts";

/** Where the platform keeps its state: variables for the API and the workers. */
export type BackingServices = {
  DATABASE_URL: string;
  /** For migrations; not passed on to the API and the workers. */
  ownerUrl: string;
  REDIS_URL: string;
};

/** Uses the services that DATABASE_URL and REDIS_URL name, and starts private ones for those not given. Migrates. */
export async function startBackingServices(scope: Scope): Promise<BackingServices> {
  const [database, REDIS_URL] = await Promise.all([provideDatabase(scope), provideRedis(scope)]);
  return { ...database, REDIS_URL };
}

async function provideDatabase(scope: Scope): Promise<Omit<BackingServices, "REDIS_URL">> {
  const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
  if (DATABASE_URL) {
    const ownerUrl = DATABASE_OWNER_URL ?? DATABASE_URL;
    await Promise.all([DATABASE_URL, ownerUrl].map(checkDatabase));
    await migrate(ownerUrl);
    return { DATABASE_URL, ownerUrl };
  }
  const postgres = await startPostgres({ dataDir: join(DATA, "postgres") });
  scope.defer(postgres.stop);
  await migrate(postgres.ownerUrl);
  return { ownerUrl: postgres.ownerUrl, DATABASE_URL: await createAppLogin(postgres.ownerUrl) };
}

async function checkDatabase(connectionString: string): Promise<void> {
  try {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    await client.connect();
    await client.end();
  } catch (error) {
    throw new Error(`Postgres cannot be used (${toMessage(error)}): check DATABASE_URL, or unset it`);
  }
}

async function provideRedis(scope: Scope): Promise<string> {
  const { REDIS_URL } = process.env;
  if (REDIS_URL) {
    await checkReachable(REDIS_URL);
    return REDIS_URL;
  }
  const redis = await startRedis({ dataDir: join(DATA, "redis") });
  scope.defer(redis.stop);
  return redis.url;
}

async function checkReachable(redisUrl: string): Promise<void> {
  const { hostname, port } = new URL(redisUrl);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 5_000 });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`Redis cannot be reached (${why}): check REDIS_URL, or unset it`));
    };
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => fail("no answer within 5 s"));
    socket.once("error", (error) => fail(toMessage(error)));
  });
}
