import { AppError, type ScanDetail } from "@picket/core";
import { findScan, type Sql } from "@picket/db";

export function noScan(id: string): AppError {
  return new AppError("NOT_FOUND", `there is no scan ${id}`);
}

/** Throws NOT_FOUND. */
export async function scanOf(sql: Sql, id: string): Promise<ScanDetail> {
  const scan = await findScan(sql, id);
  if (!scan) throw noScan(id);
  return scan;
}
