import { definePlugin, judgeEach, type PluginContext } from "@picket/plugin-sdk";
import { createBaselines, proveGrammar, type Send } from "@picket/plugin-sdk/probe";
import { atParameter, type InsertionPoint, readSurface, sendFresh } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { NOSQL_INJECTION } from "./claims.ts";
import { operatorsAt } from "./grammar.ts";
import { operatorIn, withOperator } from "./operators.ts";

const PASSWORD = /pass|pwd|^\/?pin$/i;

/** A name that says an operator itself, as in `price[$gt]`, is an interface of filters: they are what it is for. */
const SPEAKS_OPERATORS = /[[$]/;

/** Of a login the name with the password: each is looked up beside the other, and one alone finds nobody. */
function togetherWith(point: InsertionPoint): InsertionPoint["parameter"][] {
  const { parameter, endpoint } = point;
  if (!PASSWORD.test(parameter.name)) return [parameter];
  return endpoint.parameters.filter(
    (one) =>
      one.in === parameter.in && (one.name === parameter.name || one.kind === "text" || one.kind === "email"),
  );
}

/** Who logs in is somebody else afterwards: such requests are nobody's, so that the scan stays who it is. */
function identityAt({ endpoint }: InsertionPoint): { identity: "anonymous" } | null {
  return endpoint.parameters.some(({ name }) => PASSWORD.test(name)) ? { identity: "anonymous" } : null;
}

function senderAt(point: InsertionPoint, { http }: Pick<PluginContext, "http">): Send {
  const parameters = togetherWith(point);
  return (value) => {
    const operator = value === point.value ? null : operatorIn(value);
    const build = (fresh: InsertionPoint) => ({
      ...(operator ? withOperator(fresh.request(point.value), parameters, operator) : fresh.request(value)),
      ...identityAt(point),
    });
    return sendFresh(point, build, { http });
  };
}

export const plugin = definePlugin({
  name: "nosql-injection",
  description:
    "Finds parameters in which databases such as MongoDB take operators or JavaScript, by messages and by conditions that only they evaluate.",
  version: "1.0.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [NOSQL_INJECTION.type],
  limits: { timeoutMs: 1_800_000 },
  config: z.object({}),
  async *run(scan, context) {
    const baselines = createBaselines();
    const points = await readSurface(scan, context, { positions: ["query", "form", "json"] });
    const wanted = points.filter(({ parameter }) => !SPEAKS_OPERATORS.test(parameter.name));
    yield* judgeEach(wanted, async (point) => {
      const send = senderAt(point, context);
      const proof = await proveGrammar(point, operatorsAt(point), { ...context, baselines, send });
      return atParameter(NOSQL_INJECTION, point, proof);
    });
  },
});
