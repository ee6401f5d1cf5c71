import {
  createVerdicts,
  definePlugin,
  type FocusPlace,
  mapInOrder,
  type PluginContext,
} from "@picket/plugin-sdk";
import { z } from "zod";
import {
  type Candidate,
  candidatesAt,
  copyCandidates,
  fixedCandidates,
  folderCandidates,
  folderUrls,
  indexUrl,
  programUrls,
} from "./candidates.ts";
import { check } from "./check.ts";
import { CLAIMS } from "./claims.ts";

const CONCURRENCY = 4;

type Settings = { readonly maxPrograms: number; readonly maxFolders: number };

async function allCandidates(
  baseUrl: string,
  { session, settings: { maxPrograms, maxFolders }, log }: PluginContext<Settings>,
): Promise<Candidate[]> {
  const urls = await Array.fromAsync(session.endpoints(), ({ url }) => url);
  const programs = programUrls(urls);
  const folders = folderUrls(urls, baseUrl);
  if (programs.length > maxPrograms)
    log.warn("program cap reached", { maxPrograms, left: programs.length - maxPrograms });
  if (folders.length > maxFolders)
    log.info("folder cap reached", { maxFolders, left: folders.length - maxFolders });
  const all = [
    ...fixedCandidates(baseUrl),
    ...[...programs.slice(0, maxPrograms), ...indexUrl(programs, baseUrl)].flatMap(copyCandidates),
    ...folders.slice(0, maxFolders).flatMap(folderCandidates),
  ];
  return [...new Map(all.map((one) => [one.url, one])).values()];
}

function focusedCandidates(baseUrl: string, focus: readonly FocusPlace[]): Candidate[] {
  const urls = focus.filter(({ method }) => method === "GET").map(({ url }) => url);
  return [...new Set(urls)].flatMap((url) => candidatesAt(url, baseUrl));
}

export const plugin = definePlugin({
  name: "exposed-files",
  description:
    "Asks for files and panels that should not be public, and believes their content only, never a status.",
  version: "2.3.0",
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
    maxFolders: z
      .int()
      .min(0)
      .max(1_000)
      .default(8)
      .describe("Known folders that are looked into for what lies in web roots, at most"),
  }),
  async *run(scan, context) {
    const { baseUrl } = scan.target;
    const { log } = context;
    const candidates = scan.focus
      ? focusedCandidates(baseUrl, scan.focus)
      : await allCandidates(baseUrl, context);
    const verdicts = createVerdicts();
    const counts = { absent: 0, refuted: 0, undecided: 0, exposed: 0 };
    for await (const outcome of mapInOrder(candidates, CONCURRENCY, (one) => check(one, context))) {
      counts[outcome.kind] += 1;
      if (outcome.kind === "exposed") verdicts.add(outcome.verdict);
    }
    if (counts.refuted > 0)
      log.info("refuted: a path that must not show the same does", { count: counts.refuted });
    yield* verdicts.packs();
    // The run fails rather than to let an earlier finding pass for fixed.
    if (counts.undecided > 0)
      throw new Error(
        `${counts.undecided} files look exposed, but the target refused or did not answer the requests that would tell`,
      );
  },
});
