import { createVerdicts, definePlugin, mapInOrder, type SessionReader } from "@picket/plugin-sdk";
import { z } from "zod";
import { copyCandidates, fixedCandidates, programUrls } from "./candidates.ts";
import { check } from "./check.ts";
import { CLAIMS } from "./claims.ts";

const CONCURRENCY = 4;

async function knownPrograms(session: SessionReader): Promise<string[]> {
  const endpoints = await Array.fromAsync(session.endpoints(), ({ url }) => url);
  return programUrls(endpoints);
}

export const plugin = definePlugin({
  name: "exposed-files",
  description: "Asks for files that should not be public, and believes their content only, never a status.",
  version: "1.0.0",
  requiredCapabilities: ["http:active"],
  stage: "probe",
  emits: Object.keys(CLAIMS),
  config: z.object({
    maxPrograms: z
      .int()
      .min(0)
      .max(1_000)
      .default(20)
      .describe("Known programs, such as /checkout.php, whose copies are asked for, at most"),
  }),
  async *run(scan, context) {
    const { settings, log } = context;
    const programs = await knownPrograms(context.session);
    const left = programs.length - settings.maxPrograms;
    if (left > 0) log.warn("program cap reached", { maxPrograms: settings.maxPrograms, left });
    const copies = programs.slice(0, settings.maxPrograms).flatMap(copyCandidates);
    const candidates = [...fixedCandidates(scan.target.baseUrl), ...copies];
    const verdicts = createVerdicts();
    const counts = { absent: 0, refuted: 0, undecided: 0, exposed: 0 };
    for await (const outcome of mapInOrder(candidates, CONCURRENCY, (one) => check(one, context))) {
      counts[outcome.kind] += 1;
      if (outcome.kind === "exposed") verdicts.add(outcome.verdict);
    }
    if (counts.refuted > 0) log.info("refuted: a random path shows the same", { count: counts.refuted });
    yield* verdicts.packs();
    // The run fails rather than to let an earlier finding pass for fixed.
    if (counts.undecided > 0)
      throw new Error(`${counts.undecided} files look exposed, but no control request was answered`);
  },
});
