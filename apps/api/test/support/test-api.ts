import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadApiConfig } from "@picket/config";
import type { NewToken, Role } from "@picket/core";
import { createDatabase, createToken, type Database } from "@picket/db";
import { silentLogger } from "@picket/logging";
import { createTestDatabase, createTestRedis, type TestDatabase } from "@picket/testing";
import { mintToken } from "../../src/auth/token.ts";
import { serve } from "../../src/serve.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed when the answer is JSON, else text. */
  // biome-ignore lint/suspicious/noExplicitAny: tests state what they expect of it
  body: any;
}

export interface Ask {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export type Environment = Record<string, string>;

export interface TestApi {
  url: string;
  database: Database;
  testDatabase: TestDatabase;
  storageDir: string;
  /** What the API was started with. */
  environment: Environment;
  /** A new token of a person of its own, valid, unless `token` says otherwise. */
  tokenOf(role: Role, token?: Partial<NewToken>): Promise<string>;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  stop(): Promise<void>;
}

/** The newest key first. */
export const SECRET_KEYS = `new:${"ab".repeat(32)},old:${"cd".repeat(32)}`;

const PEPPER = "test-pepper-test-pepper-test-pepper";

/** The whole API over HTTP, with a database, a Redis database and a storage folder of its own. */
export async function startTestApi(
  overrides: Record<string, string> = {},
  change: (environment: Environment) => Environment = (environment) => environment,
): Promise<TestApi> {
  const [testDatabase, redis, storageDir] = await Promise.all([
    createTestDatabase(),
    createTestRedis(),
    mkdtemp(join(tmpdir(), "picket-test-bodies-")),
  ]);
  const environment: Environment = change({
    DATABASE_URL: testDatabase.appUrl,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: redis.prefix,
    STORAGE_DIR: storageDir,
    TOKEN_PEPPER: PEPPER,
    SECRET_KEYS: SECRET_KEYS,
    PORT: "0",
    RATE_LIMIT_PER_MINUTE: "100000",
    ...overrides,
  });
  const api = await serve(loadApiConfig(environment), silentLogger());
  const database = createDatabase({ url: testDatabase.appUrl, poolMax: 4, applicationName: "test" });
  return {
    url: api.url,
    database,
    testDatabase,
    storageDir,
    environment,
    tokenOf: (role, token) =>
      issue(database, {
        name: `test ${role}`,
        person: `person ${randomUUID()}`,
        expiresAt: null,
        ...token,
        role,
      }),
    ask: (method, path, given) => ask(`${api.url}${path}`, method, given),
    async stop() {
      await api.stop(1_000);
      await database.close();
      await redis.close();
      await testDatabase.drop();
      await rm(storageDir, { recursive: true, force: true });
    },
  };
}

async function issue(database: Database, token: NewToken): Promise<string> {
  const { token: text, secret } = mintToken(PEPPER);
  await database.command((connection) => createToken(connection, token, { secret, actor: "cli" }));
  return text;
}

async function ask(url: string, method: string, { token, body, headers }: Ask = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
