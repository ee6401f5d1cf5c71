import {
  ChangeFilter,
  ChangeResource,
  CoverageFilter,
  CoverageResource,
  CoverageTotals,
  DiffFilter,
  DiffTotals,
  PaceChangeResource,
} from "@picket/core";
import {
  countCoverage,
  countDiff,
  findDiffPair,
  listChanges,
  listCoverage,
  listDiff,
  listPaceChanges,
} from "@picket/db";
import { z } from "zod";
import { listRoute } from "../http/list-route.ts";
import { IdParams, type Route } from "../http/route.ts";
import { noScan, scanOf } from "./scan-of.ts";

const tag = "scans";

export const SCAN_CHANGE_ROUTES: readonly Route[] = [
  listRoute({
    id: "listScanChanges",
    path: "/scans/:id/changes",
    role: "viewer",
    tag,
    summary: "List what a scan says of each finding, new ones first",
    description:
      "Written when the scan ends, against its own baseline: one change for each finding that was open before it or " +
      "that it saw. Empty until then.",
    params: IdParams,
    filter: ChangeFilter,
    item: ChangeResource,
    async list(sql, { filter, params: { id } }, page) {
      await scanOf(sql, id);
      return listChanges(sql, id, filter, page);
    },
  }),
  listRoute({
    id: "diffScan",
    path: "/scans/:id/diff",
    role: "viewer",
    tag,
    summary: "Compare an ended scan with an earlier one of its target",
    description:
      "Each finding that was open after either of the two is there once. Of those open after the baseline each is " +
      "still_present, fixed or not_observed; those open after the scan alone are reopened when they were known before, " +
      "else new. What an exception covers is compared like the rest.",
    params: IdParams,
    filter: DiffFilter,
    item: ChangeResource,
    list: async (sql, { filter, params }, page) =>
      listDiff(sql, await findDiffPair(sql, params.id, filter.baseline), filter, page),
    totals: {
      schema: DiffTotals,
      read: async (sql, { filter, params }) =>
        countDiff(sql, await findDiffPair(sql, params.id, filter.baseline)),
    },
  }),
  listRoute({
    id: "listScanCoverage",
    path: "/scans/:id/coverage",
    role: "viewer",
    tag,
    summary: "List where each module of a scan looked, and how healthy the answers were",
    params: IdParams,
    filter: CoverageFilter,
    item: CoverageResource,
    list: (sql, { filter, params }, page) => listCoverage(sql, params.id, filter, page),
    totals: {
      schema: CoverageTotals,
      async read(sql, { params: { id } }) {
        const totals = await countCoverage(sql, id);
        if (!totals) throw noScan(id);
        return totals;
      },
    },
  }),
  listRoute({
    id: "listPaceChanges",
    path: "/scans/:id/pace-changes",
    role: "viewer",
    tag,
    summary: "List how the rate at which the target is asked changed during a scan, and why",
    description:
      "The rate is the target's: all its scans share it, and each lists what happened while it ran.",
    params: IdParams,
    filter: z.strictObject({}),
    item: PaceChangeResource,
    async list(sql, { params: { id } }, page) {
      await scanOf(sql, id);
      return listPaceChanges(sql, id, page);
    },
  }),
];
