import type { Platform, PlatformProcess } from "./harness.ts";

/** Workers of one environment, replaced as tests need them. */
export interface Fleet {
  /** Those that run; all of them have the same environment. */
  readonly workers: readonly PlatformProcess[];
  /** Exactly so many workers with this environment; those that already are go on. */
  have(count: number, env: Record<string, string>): Promise<readonly PlatformProcess[]>;
  /** It ended, or is about to, by the test's own doing. */
  forget(worker: PlatformProcess): PlatformProcess;
  /** The one that calls itself so in leases. */
  worker(workerId: string | null): Promise<PlatformProcess>;
}

export function createFleet(platform: Platform): Fleet {
  let workers: PlatformProcess[] = [];
  let environment: Record<string, string> = {};
  return {
    get workers() {
      return workers;
    },
    async have(count, env) {
      const isSame = JSON.stringify(env) === JSON.stringify(environment);
      const leaving = isSame ? workers.slice(count) : workers;
      workers = isSame ? workers.slice(0, count) : [];
      environment = env;
      await Promise.all(leaving.map((worker) => worker.stop()));
      // Scans are to be planned with what these workers offer.
      if (!isSame)
        await platform.rows("UPDATE plugin_release SET last_seen_at = last_seen_at - interval '1 hour'");
      const starting = Array.from({ length: count - workers.length }, () => platform.startWorker(env));
      workers.push(...(await Promise.all(starting)));
      return workers;
    },
    forget(worker) {
      workers = workers.filter((other) => other !== worker);
      return worker;
    },
    async worker(workerId) {
      for (const worker of workers) if ((await worker.log()).includes(workerId ?? "?")) return worker;
      throw new Error(`no worker ${workerId}`);
    },
  };
}
