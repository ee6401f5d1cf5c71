import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { findOnPath } from "./system-tools.ts";
import { until } from "./until.ts";

export type RedisService = {
  /** `redis://127.0.0.1:<port>`, database 0. The server has 256 databases. */
  url: string;
  stop(): Promise<void>;
};

export type RedisOptions = {
  /** Folder for the append-only file; made if missing. */
  dataDir: string;
  /** Default: a free one. */
  port?: number | undefined;
  /** Delete `dataDir` at the end. Default false. */
  ephemeral?: boolean;
};

/** Starts a private Redis (or Valkey) on 127.0.0.1, as BullMQ needs it: nothing is evicted, writes are logged. */
export async function startRedis(options: RedisOptions): Promise<RedisService> {
  const command = findOnPath("redis-server") ?? findOnPath("valkey-server");
  if (!command)
    throw new Error("Redis is not installed: install redis-server, or set REDIS_URL to a running one");
  mkdirSync(options.dataDir, { recursive: true });
  const port = options.port ?? (await freePort());
  const server = supervise({
    command,
    args: serverArguments(port, options.dataDir),
    logFile: join(options.dataDir, "redis.log"),
    scratch: options.ephemeral ? options.dataDir : undefined,
  });
  await waitUntilReady(server, port);
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.stop() };
}

function serverArguments(port: number, dataDir: string): string[] {
  const settings = {
    port: String(port),
    bind: "127.0.0.1",
    dir: dataDir,
    databases: "256",
    appendonly: "yes",
    save: "",
    "maxmemory-policy": "noeviction",
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function waitUntilReady(server: Supervised, port: number): Promise<void> {
  try {
    await until(() => ping(port), { guard: server.assertRunning });
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

/** Redis answers PING with PONG once its data is loaded, and with an error before. */
async function ping(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("error", reject);
    socket.once("data", (reply) => {
      socket.destroy();
      if (reply.toString().startsWith("+PONG")) resolve();
      else reject(new Error(`Redis is not ready: ${reply.toString().trim()}`));
    });
  });
}
