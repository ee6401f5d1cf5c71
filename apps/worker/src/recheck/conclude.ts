import { decideRecheck } from "@picket/core";
import { concludeRecheck, endingRecheck, type LockedScan, type Sql } from "@picket/db";

/** Gives the verdict of the recheck that a scan was for, if it was for one. Belongs in the transaction of its end. */
export async function concludeScanOfRecheck(
  sql: Sql,
  { id: scanId, isCancelled }: Pick<LockedScan, "id" | "isCancelled">,
): Promise<void> {
  const ending = await endingRecheck(sql, { scanId, isCancelled });
  if (ending) await concludeRecheck(sql, ending, { scanId, decision: decideRecheck(ending.facts) });
}
