import { type ProfileName, ScanDetail, ScanResource } from "@picket/core";
import type { Api } from "../api.ts";
import { createProgressView, followScan, type ProgressView } from "./scan-progress.ts";

export interface ScanRequest {
  targetId: string;
  profile: ProfileName;
  authProfileId?: string;
  comparisonAuthProfileId?: string;
  settings?: Record<string, Record<string, unknown>>;
}

const SILENT: ProgressView = { module: () => undefined, end: () => undefined };

export async function requestScan(api: Api, request: ScanRequest): Promise<string> {
  return (await api.send("POST", "/scans", ScanResource, request)).id;
}

/** Waits for a scan's end, showing its progress unless told to be quiet, and returns the ended scan. */
export async function awaitScan(
  api: Api,
  scanId: string,
  { quiet }: { quiet: boolean },
): Promise<ScanDetail> {
  await followScan(api, scanId, quiet ? SILENT : createProgressView());
  return api.get(`/scans/${scanId}`, ScanDetail);
}
