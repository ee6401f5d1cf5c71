import { definePlugin, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { CLAIM, TYPE } from "./claims.ts";
import { destinationsOf } from "./destination.ts";
import { type Candidate, findCandidates, focusedCandidates } from "./parameters.ts";
import { probe, type Redirect, type Shown } from "./probe.ts";

function proofOf(name: string, { sent, destination, response }: Shown): Verdict["evidence"][number] {
  const { by, text } = destination;
  const isHeader = by === "location" || by === "refresh";
  return {
    kind: "reflection",
    snippet: `${name}=${sent}\n\nstatus ${response.status}, ${by}: ${text.slice(0, 300)}`,
    location: isHeader ? { part: "response_header", name: by } : { part: "response_body" },
    fetchId: response.fetchId,
  };
}

function verdictOf({ url, name }: Candidate, { proofs, control }: Redirect): Verdict {
  const where = destinationsOf(control).map(({ text }) => text.slice(0, 200));
  return {
    finding: {
      ...CLAIM,
      type: TYPE,
      rootCause: { level: "parameter" },
      instance: { method: "GET", url, parameter: { name, in: "query" } },
    },
    evidence: [
      ...proofs.map((shown) => proofOf(name, shown)),
      {
        kind: "negative_control",
        snippet: `a path of the site's own: status ${control.status}, sent to ${where.join(", ") || "nowhere"}`,
        location: { part: "response_header", name: "location" },
        fetchId: control.fetchId,
        controlHeld: true,
      },
    ],
  };
}

export const plugin = definePlugin({
  name: "open-redirect",
  description: "Gives parameters that name addresses a foreign one, to see whether visitors are sent there.",
  version: "1.2.0",
  requiredCapabilities: ["http:active", "auth:use"],
  stage: "probe",
  emits: [TYPE],
  config: z.object({
    maxParameters: z.int().min(1).max(1_000).default(40).describe("Parameters to try, at most"),
  }),
  async *run(scan, context) {
    const { settings, session, log } = context;
    const candidates = scan.focus ? focusedCandidates(scan.focus) : await findCandidates(session);
    const left = candidates.length - settings.maxParameters;
    if (left > 0) log.warn("parameter cap reached", { maxParameters: settings.maxParameters, left });
    yield* judgeEach(candidates.slice(0, settings.maxParameters), async (candidate) => {
      const redirect = await probe(context, candidate);
      return redirect && verdictOf(candidate, redirect);
    });
  },
});
