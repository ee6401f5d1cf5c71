import { definePlugin, judgeEach } from "@picket/plugin-sdk";
import { createBaselines, proveGrammar } from "@picket/plugin-sdk/probe";
import { atParameter, EVERY_POSITION, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { LDAP_INJECTION } from "./claims.ts";
import { LDAP } from "./grammar.ts";

/** Directories hold names, and nobody looks for a number, a date or an address in one. */
const KINDS = new Set(["text", "email", "id", "token"]);

export const plugin = definePlugin({
  name: "ldap-injection",
  description:
    "Finds parameters that become part of LDAP filters, by messages and by conditions that only a filter evaluates.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [LDAP_INJECTION.type],
  limits: { timeoutMs: 1_800_000 },
  config: z.object({}),
  async *run(scan, context) {
    const baselines = createBaselines();
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    const wanted = scan.focus ? points : points.filter(({ kind }) => KINDS.has(kind));
    yield* judgeEach(wanted, async (point) =>
      atParameter(LDAP_INJECTION, point, await proveGrammar(point, LDAP, { ...context, baselines })),
    );
  },
});
