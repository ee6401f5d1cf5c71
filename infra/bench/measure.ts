import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type Database, type Sql } from "@picket/db";
import { createAppLogin, migrate } from "../database/index.ts";
import { startPostgres } from "../services/index.ts";

export interface BenchPostgres {
  ownerUrl: string;
  /** As the application's role. */
  database: Database;
}

/** Runs `work` on a Postgres of its own, migrated. `keptIn`: the database stays in this folder for the next run. */
export async function onPrivatePostgres<Result>(
  work: (postgres: BenchPostgres) => Promise<Result>,
  keptIn?: string,
): Promise<Result> {
  const dataDir = keptIn ?? (await mkdtemp(join(tmpdir(), "picket-bench-postgres-")));
  const { ownerUrl, stop } = await startPostgres({ dataDir, ephemeral: keptIn === undefined });
  try {
    await migrate(ownerUrl);
    const url = await createAppLogin(ownerUrl);
    const database = createDatabase({ url, applicationName: "bench", poolMax: 2 });
    return await work({ ownerUrl, database }).finally(() => database.close());
  } finally {
    await stop();
  }
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** Notes what each statement took, s. */
export function watched(sql: Sql, note: (took: number, text: string) => void): Sql {
  return {
    async query(text, values, planned) {
      const startedAt = performance.now();
      const rows = await sql.query<never>(text, values, planned);
      note((performance.now() - startedAt) / 1_000, text);
      return rows;
    },
  };
}

/** CPU time that a process of this machine has used, s. Unlike time on the clock, it hardly knows what else runs. Linux only. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // proc(5): utime and stime are fields 14 and 15, the 12th and 13th after the name, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU time of this process and of the transaction's Postgres, s, while `work` runs. */
export async function cpuOf(
  sql: Sql,
  work: () => Promise<unknown>,
): Promise<{ node: number; postgres: number }> {
  const [backend] = await sql.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const used = async () => [await cpuSeconds(process.pid), await cpuSeconds(backend?.pid ?? 0)] as const;
  const before = await used();
  await work();
  const after = await used();
  return { node: after[0] - before[0], postgres: after[1] - before[1] };
}
