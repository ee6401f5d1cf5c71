import { AppError } from "@picket/core";
import type { Sql } from "../sql.ts";

/** One start of a module run. Its writes are good while no other start has followed. */
export interface Attempt {
  moduleRunId: string;
  attempt: number;
}

/**
 * Throws STALE_ATTEMPT unless the run is running under this attempt; then nobody can take it over until the caller's
 * transaction ends. Belongs first in every transaction that writes a run's results.
 */
export async function assertCurrentAttempt(sql: Sql, { moduleRunId, attempt }: Attempt): Promise<void> {
  const current = await sql.query(
    `SELECT 1 FROM module_run WHERE id = $1::uuid AND attempt = $2::int AND status = 'running' FOR SHARE`,
    [moduleRunId, attempt],
  );
  if (current.length === 0) throw staleAttempt({ moduleRunId, attempt });
}

export function staleAttempt({ moduleRunId, attempt }: Attempt): AppError {
  return new AppError("STALE_ATTEMPT", `attempt ${attempt} of module run ${moduleRunId} was taken over`, {
    details: { moduleRunId, attempt },
  });
}
