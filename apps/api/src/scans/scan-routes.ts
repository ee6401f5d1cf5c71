import {
  CancelledScans,
  ModuleRunResource,
  NewScan,
  pageOf,
  ScanDetail,
  ScanFilter,
  ScanResource,
  ScansToCancel,
} from "@picket/core";
import { cancelScans, listModuleRuns, listScans, planScan, requestScanCancel } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";
import { SCAN_CHANGE_ROUTES } from "./scan-change-routes.ts";
import { SCAN_EVENTS_ROUTE } from "./scan-events-route.ts";
import { noScan, scanOf } from "./scan-of.ts";
import { endScan, stopScans, wakeScan } from "./wake-scan.ts";

const tag = "scans";

export const SCAN_ROUTES: readonly Route[] = [
  listRoute({
    id: "listScans",
    path: "/scans",
    role: "viewer",
    tag,
    summary: "List scans, newest first",
    filter: ScanFilter,
    item: ScanResource,
    list: (sql, { filter }, page) => listScans(sql, filter, page),
  }),
  defineRoute({
    id: "startScan",
    method: "post",
    path: "/scans",
    role: "operator",
    tag,
    summary: "Start a scan",
    description: "Answers at once; GET /scans/{id}/events tells how it goes on.",
    request: { body: NewScan },
    responses: { 202: ScanResource },
    async handle({ body, actor, database, services }) {
      const { targetId, profile, settings, authProfileId, comparisonAuthProfileId, baselineScanId } = body;
      const { scanId } = await planScan(database, {
        targetId,
        profile,
        settings,
        authProfileId,
        comparisonAuthProfileId,
        ...(baselineScanId !== undefined && { baselineScanId }),
        mode: "interactive",
        requestedBy: actor,
        engineVersion: services.engineVersion,
      });
      return {
        status: 202,
        headers: { Location: `/scans/${scanId}` },
        body: await scanOf(database.sql, scanId),
        afterCommit: () => wakeScan(services, scanId),
      };
    },
  }),
  defineRoute({
    id: "getScan",
    method: "get",
    path: "/scans/:id",
    role: "viewer",
    tag,
    summary: "Get a scan with its health and what it found",
    request: { params: IdParams },
    responses: { 200: ScanDetail },
    handle: async ({ params, database }) => ({ status: 200, body: await scanOf(database.sql, params.id) }),
  }),
  defineRoute({
    id: "cancelScan",
    method: "post",
    path: "/scans/:id/cancel",
    role: "operator",
    tag,
    summary: "Ask for a scan's end",
    description:
      "Its status becomes `cancelled` when its module runs have ended. Asking again changes nothing.",
    request: { params: IdParams },
    responses: { 202: ScanResource },
    async handle({ params: { id }, actor, database, services }) {
      await requestScanCancel(database, { scanId: id, actor });
      return { status: 202, body: await scanOf(database.sql, id), afterCommit: () => endScan(services, id) };
    },
  }),
  defineRoute({
    id: "cancelScans",
    method: "post",
    path: "/scans/cancel",
    role: "operator",
    tag,
    summary: "The kill switch: end every open scan of a target, of a project, or all there are",
    description:
      "Workers stop sending within a second, whatever else they do. Asking again changes nothing. The schedules of these " +
      "targets are paused, or their next scan would begin where this one ended: the answer names them, resume them with " +
      "PATCH /schedules/{id}. Rechecks that wait for their time are taken back. With `pauseSchedules: false` both go on.",
    request: { body: ScansToCancel },
    responses: { 202: CancelledScans },
    async handle({ body, actor, database, services }) {
      const cancelled = await cancelScans(database, { which: body, actor }, (scanIds) =>
        stopScans(services, scanIds),
      );
      const wakeAll = async () => {
        await Promise.all(cancelled.scanIds.map((scanId) => wakeScan(services, scanId)));
      };
      return { status: 202, body: cancelled, afterCommit: wakeAll };
    },
  }),
  defineRoute({
    id: "listModuleRuns",
    method: "get",
    path: "/scans/:id/modules",
    role: "viewer",
    tag,
    summary: "List all module runs of a scan, in the order of their stages",
    request: { params: IdParams },
    responses: { 200: pageOf(ModuleRunResource) },
    async handle({ params: { id }, database }) {
      const items = await listModuleRuns(database.sql, id);
      if (!items) throw noScan(id);
      return { status: 200, body: { items, next: null } };
    },
  }),
  ...SCAN_CHANGE_ROUTES,
  SCAN_EVENTS_ROUTE,
];
