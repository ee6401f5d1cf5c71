import { answersControl, type HttpResponse, type HttpResult, headerValues } from "@picket/core";
import { isHtmlType, mediaType, type PluginContext, responseText, type Verdict } from "@picket/plugin-sdk";
import type { Candidate } from "./candidates.ts";
import { CLAIMS, type ClaimType } from "./claims.ts";
import type { Guess } from "./paths.ts";
import type { Content, Proof } from "./proof.ts";

/** What became of a candidate. `undecided`: its content was there, but then the target would not answer any more. */
export type Outcome =
  | { readonly kind: "absent" | "refuted" | "undecided" }
  | { readonly kind: "exposed"; readonly verdict: Verdict };

interface Shown {
  readonly type: ClaimType;
  readonly proof: Proof;
  readonly response: HttpResponse;
}

const HTML_START = /^\s*(<!doctype html|<html|<head|<body)/i;

function contentOf(response: HttpResponse): Content {
  const text = responseText(response);
  const isHtml = isHtmlType(mediaType(response.headers)) || HTML_START.test(text);
  return { bytes: response.body, text, isHtml };
}

/** What is no file but an error, whatever its status. */
const ERRORS: ReadonlySet<ClaimType> = new Set(["trace-of-malformed-path"]);

/** The first guess that the response proves; null when none. */
function shownIn(response: HttpResponse, guesses: readonly Guess[]): Shown | null {
  const content = contentOf(response);
  for (const { type, prove } of guesses) {
    if (response.status !== 200 && !ERRORS.has(type)) continue;
    const proof = prove(content);
    if (proof) return { type, proof, response };
  }
  return null;
}

/** Bodies are not stored: what is asked for is what must not lie around a second time. */
function get({ http }: PluginContext, url: string): Promise<HttpResult> {
  return http.get(url, { maxRedirects: 0, storage: "none" });
}

async function ask(context: PluginContext, url: string, guesses: readonly Guess[]): Promise<Shown | null> {
  const response = await get(context, url);
  return response.ok ? shownIn(response, guesses) : null;
}

function proofEvidence({ proof, response }: Shown, replay: number): Verdict["evidence"][number] {
  return {
    kind: "content_proof",
    snippet: proof.snippet,
    location: { part: "response_body", offset: proof.offset },
    fetchId: response.fetchId,
    details: {
      url: response.url,
      contentType: headerValues(response.headers, "content-type")[0] ?? null,
      replay,
    },
  };
}

function controlEvidence(control: HttpResponse): Verdict["evidence"][number] {
  return {
    kind: "negative_control",
    snippet: `status ${control.status} without such content`,
    location: { part: "response_body" },
    fetchId: control.fetchId,
    controlHeld: true,
    details: { url: control.url },
  };
}

function verdictOf(
  { type, response: { url } }: Shown,
  shown: readonly Shown[],
  controls: readonly HttpResponse[],
): Verdict {
  return {
    finding: { ...CLAIMS[type], type, rootCause: { level: "route" }, instance: { method: "GET", url } },
    evidence: [...shown.map(proofEvidence), ...controls.map(controlEvidence)],
  };
}

/**
 * Answers to paths that surely do not exist: one of the candidate's shape, and where a firewall or a limit refuses that,
 * a plain one, which tells what the application does. Null: not answered.
 */
async function askControls({ url }: Candidate, { control }: PluginContext): Promise<HttpResponse[] | null> {
  const alike = await control.randomPath(url);
  if (!alike.ok) return null;
  if (answersControl(alike.status)) return [alike];
  const plain = await control.randomPath();
  return plain.ok ? [alike, plain] : null;
}

/** True when what the server makes of the original shows the same: then it is what the site writes of, not its source. */
async function isShownByOriginal({ original, guesses }: Candidate, context: PluginContext): Promise<boolean> {
  return original !== undefined && (await ask(context, original, guesses)) !== null;
}

/**
 * Asks for a candidate. Its content must prove it, paths that surely do not exist must not show the same (a site that
 * answers everything alike has nothing exposed), and after them it must still be there: otherwise they were refused for
 * their number and say nothing.
 */
export async function check(candidate: Candidate, whole: PluginContext): Promise<Outcome> {
  const { url, guesses, companion } = candidate;
  const context = whole.lookingFor(...new Set(guesses.map(({ type }) => type)));
  const shown = await ask(context, url, guesses);
  if (!shown) return { kind: "absent" };
  const proven = guesses.filter(({ type }) => type === shown.type);
  const controls = await askControls(candidate, context);
  if (!controls) return { kind: "undecided" };
  if (controls.some((control) => shownIn(control, proven) !== null)) return { kind: "refuted" };
  if (await isShownByOriginal(candidate, context)) return { kind: "refuted" };
  const again = await get(context, url);
  if (!again.ok || (again.status !== shown.response.status && !answersControl(again.status)))
    return { kind: "undecided" };
  const replayed = shownIn(again, proven);
  if (!replayed) return { kind: "refuted" };
  const further = companion
    ? await ask(context, companion.url, [{ type: shown.type, prove: companion.prove }])
    : null;
  return {
    kind: "exposed",
    verdict: verdictOf(shown, [shown, replayed, ...(further ? [further] : [])], controls),
  };
}
