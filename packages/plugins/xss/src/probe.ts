import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import {
  type Answer,
  answerOf,
  ask,
  bodyProof,
  createMarker,
  heldControl,
  type Reflection,
  reflectionsOf,
  senderOf,
} from "@picket/plugin-sdk/probe";
import { type InsertionPoint, sendFresh } from "@picket/plugin-sdk/surface";
import { type Claim, MARKUP_ONLY, REFLECTED, STORED } from "./claims.ts";
import { proveRun, type Run } from "./prove.ts";
import { vectorsFor } from "./vectors.ts";

type Context = Pick<PluginContext, "http">;

/** Ways to try at most where a value came back: filters that let the eighth pass are rare. */
const MAX_ATTEMPTS = 8;
/** Each costs two requests, and leaves a trace. */
const MAX_STORED_ATTEMPTS = 4;

/** A plain word that was sent at a point. */
export interface Planted {
  readonly point: InsertionPoint;
  readonly marker: string;
  readonly verdict: Verdict | null;
}

function actingContexts(reflections: readonly Reflection[]) {
  return reflections.map(({ context }) => context).filter((context) => vectorsFor(context).length > 0);
}

/** Kinds of values that applications check before they do anything else with them. */
const CHECKED = new Set(["number", "email", "date"]);

function leadOf({ kind, value }: InsertionPoint): string {
  return CHECKED.has(kind) ? value : "";
}

/**
 * What a policy stops is no more than markup. A visitor's browser sends headers as it likes, and cookies as the site set
 * them, so that an attacker needs another weakness to reach those.
 */
function claimOf(claim: Claim, { parameter }: InsertionPoint, isStopped: boolean): Claim {
  if (isStopped) return MARKUP_ONLY;
  if (parameter.in === "header") return { ...claim, severity: "low" };
  return parameter.in === "cookie" ? { ...claim, severity: "medium" } : claim;
}

function runProof({ sent, answer, execution }: Run, replay: number) {
  const { by, element, attribute, offset, isStopped } = execution;
  const details = { sent, runs: by, element, attribute, stoppedByPolicy: isStopped, replay };
  return bodyProof("reflection", answer, offset, details);
}

function verdictOf(
  claim: Claim,
  point: InsertionPoint,
  runs: readonly Run[],
  plain: Answer,
  marker: string,
): Verdict {
  const isStopped = runs.some(({ execution }) => execution.isStopped);
  return {
    finding: {
      ...claimOf(claim, point, isStopped),
      rootCause: { level: "parameter" },
      instance: point.instance,
    },
    evidence: [
      ...runs.map(runProof),
      heldControl(plain, "a plain word in its place is only text", { sent: marker }),
    ],
  };
}

/**
 * Sends a plain word at a point; only where it comes back in a page, further requests look for a value that runs.
 * A refusal to the values that run is an answer: then they do not.
 */
export async function probePoint(point: InsertionPoint, context: Context): Promise<Planted> {
  const marker = createMarker();
  const send = senderOf(point, context);
  const lead = leadOf(point);
  const plain = await ask(send, lead + marker);
  const contexts = plain ? actingContexts(reflectionsOf(plain, marker)) : [];
  if (!plain || contexts.length === 0) return { point, marker, verdict: null };
  const runs = await proveRun(contexts, { show: (value) => ask(send, value), lead }, MAX_ATTEMPTS);
  return { point, marker, verdict: runs && verdictOf(REFLECTED, point, runs, plain, marker) };
}

/**
 * Sends the words of one form once more, all in one request: a form that changes a record takes back with each request
 * what the one before it has stored. Fields that want more than text keep their own values.
 */
export async function plantTogether(planted: readonly Planted[], { http }: Context): Promise<void> {
  const [first, ...others] = planted.filter(({ point }) => point.kind === "text");
  if (!first) return;
  const values = others.map(({ point, marker }) => ({ ...point.parameter, value: marker }));
  await sendFresh(first.point, (fresh) => fresh.request(first.marker, values), { http });
}

/** Words of the shape of a marker, each once. */
function markersIn(text: string): Set<string> {
  return new Set(text.match(/[bdfghjkmnqvwxz]{12}/g));
}

async function visit(url: string, { http }: Context): Promise<Answer | null> {
  const result = await http.get(url, { maxRedirects: 1 });
  return result.ok ? answerOf(result) : null;
}

/** What was planted and shows on a page, without having been sent to it. */
export interface Sighting {
  readonly planted: Planted;
  readonly url: string;
  readonly page: Answer;
}

/** Opens a page and looks for what was planted elsewhere. */
export async function lookForPlanted(
  url: string,
  planted: ReadonlyMap<string, Planted>,
  context: Context,
): Promise<Sighting[]> {
  const page = await visit(url, context);
  if (!page) return [];
  return [...markersIn(page.text)].flatMap((marker) => {
    const one = planted.get(marker);
    return one ? [{ planted: one, url, page }] : [];
  });
}

/** Whether what a point stores can be made to run on the page where it was seen. */
export async function probeStored(
  { planted, url, page }: Sighting,
  context: Context,
): Promise<Verdict | null> {
  const { point, marker } = planted;
  const contexts = actingContexts(reflectionsOf(page, marker));
  if (contexts.length === 0) return null;
  const send = senderOf(point, context);
  const show = async (value: string) => ((await ask(send, value)) ? visit(url, context) : null);
  const runs = await proveRun(contexts, { show, lead: leadOf(point) }, MAX_STORED_ATTEMPTS);
  return runs && verdictOf(STORED, point, runs, page, marker);
}
