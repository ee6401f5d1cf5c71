import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAppLogin, migrate } from "@picket/infra/database";
import { freePort, startPostgres } from "@picket/infra/services";
import type { TestDatabase } from "@picket/testing";

export interface PrivatePostgres extends TestDatabase {
  /** Ends it as `pg_ctl -m immediate` does, without a checkpoint, and starts it again after `awayMs`. */
  crash(awayMs: number): Promise<void>;
}

/** A migrated Postgres of its own, as durable as in production. */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), "picket-test-private-postgres-"));
  const port = await freePort();
  let server = await startPostgres({ dataDir, port });
  const { ownerUrl } = server;
  await migrate(ownerUrl);
  return {
    ownerUrl,
    appUrl: await createAppLogin(ownerUrl),
    async crash(awayMs) {
      const lock = await readFile(join(dataDir, "cluster-18/postmaster.pid"), "utf8");
      process.kill(Number(lock.split("\n")[0]), "SIGQUIT");
      await Promise.all([server.stop(), sleep(awayMs)]);
      server = await startPostgres({ dataDir, port });
    },
    async drop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
