import { definePlugin, judgeEach } from "@picket/plugin-sdk";
import { createBaselines, proveGrammar } from "@picket/plugin-sdk/probe";
import { atParameter, EVERY_POSITION, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { XPATH_INJECTION } from "./claims.ts";
import { XPATH } from "./grammar.ts";

/** Documents are searched by names and numbers; nobody looks for an address of the web or a file in one. */
const KINDS = new Set(["text", "email", "id", "token", "number", "date"]);

export const plugin = definePlugin({
  name: "xpath-injection",
  description:
    "Finds parameters that become part of XPath expressions, by messages and by conditions that only XPath evaluates.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [XPATH_INJECTION.type],
  limits: { timeoutMs: 1_800_000 },
  config: z.object({}),
  async *run(scan, context) {
    const baselines = createBaselines();
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    const wanted = scan.focus ? points : points.filter(({ kind }) => KINDS.has(kind));
    yield* judgeEach(wanted, async (point) =>
      atParameter(XPATH_INJECTION, point, await proveGrammar(point, XPATH, { ...context, baselines })),
    );
  },
});
