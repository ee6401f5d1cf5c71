import { AppError, EvidenceFilter, EvidenceResource } from "@picket/core";
import { findEvidence, listFindingEvidence, listScanEvidence } from "@picket/db";
import { exactlyOne } from "../http/exactly-one.ts";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "evidence";

export const EVIDENCE_ROUTES: readonly Route[] = [
  listRoute({
    id: "listEvidence",
    path: "/evidence",
    role: "viewer",
    tag,
    summary: "List the evidence of a scan or of a finding, oldest first",
    description: "Give exactly one of `scan` and `finding`.",
    filter: EvidenceFilter,
    item: EvidenceResource,
    list(sql, { filter }, page) {
      const { name, value } = exactlyOne(filter);
      return name === "scan" ? listScanEvidence(sql, value, page) : listFindingEvidence(sql, value, page);
    },
  }),
  defineRoute({
    id: "getEvidence",
    method: "get",
    path: "/evidence/:id",
    role: "viewer",
    tag,
    summary: "Get one piece of evidence",
    request: { params: IdParams },
    responses: { 200: EvidenceResource },
    async handle({ params: { id }, database }) {
      const evidence = await findEvidence(database.sql, id);
      if (!evidence) throw new AppError("NOT_FOUND", `there is no evidence ${id}`);
      return { status: 200, body: evidence };
    },
  }),
];
