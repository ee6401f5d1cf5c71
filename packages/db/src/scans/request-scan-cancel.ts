import { AppError, isTerminal, type ScanStatus } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";

/**
 * Asks for a scan's end; wake the scan up afterwards. Doing it again changes nothing. Returns the status so far: the
 * workers make it `cancelled` within about a second. Throws NOT_FOUND, and CONFLICT when the scan ended otherwise.
 */
export async function requestScanCancel(
  database: Database,
  { scanId, actor }: { scanId: string; actor: string },
): Promise<{ status: ScanStatus }> {
  return database.transaction(async (sql) => {
    const [scan] = await sql.query<{ status: ScanStatus; isRequested: boolean }>(
      `SELECT status, cancel_requested_at IS NOT NULL AS "isRequested" FROM scan WHERE id = $1::uuid FOR NO KEY UPDATE`,
      [scanId],
    );
    if (!scan) throw new AppError("NOT_FOUND", `there is no scan ${scanId}`);
    const { status, isRequested } = scan;
    if (isTerminal(status) && status !== "cancelled") {
      throw new AppError("CONFLICT", `the scan has already ended: ${status}`, { details: { status } });
    }
    if (isRequested) return { status };
    await sql.query(
      "UPDATE scan SET cancel_requested_at = now(), cancel_requested_by = $2 WHERE id = $1::uuid",
      [scanId, actor],
    );
    await appendAudit(sql, { actor, action: "scan.cancelled", scanId, params: { status } });
    return { status };
  });
}
