import { type HttpResponse, headerValues } from "@picket/core";
import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import type { Candidate } from "./candidates.ts";
import { CLAIMS } from "./claims.ts";
import type { Content, Proof, Prove } from "./proofs.ts";

/** What became of a candidate. `undecided`: its content is there, but the control could not be asked. */
export type Outcome =
  | { readonly kind: "absent" | "refuted" | "undecided" }
  | { readonly kind: "exposed"; readonly verdict: Verdict };

interface Shown {
  readonly proof: Proof;
  readonly response: HttpResponse;
}

const HTML_START = /^\s*(<!doctype html|<html|<head|<body)/i;

function contentOf({ headers, body }: HttpResponse): Content {
  const text = new TextDecoder().decode(body);
  const type = headerValues(headers, "content-type")[0] ?? "";
  return { bytes: body, text, isHtml: /\bhtml\b/i.test(type) || HTML_START.test(text) };
}

function proofIn(response: HttpResponse, prove: Prove): Proof | null {
  return response.status === 200 ? prove(contentOf(response)) : null;
}

/** Bodies are not stored: what is asked for is what must not lie around a second time. */
async function ask({ http }: PluginContext, url: string, prove: Prove): Promise<Shown | null> {
  const response = await http.get(url, { maxRedirects: 0, storage: "none" });
  if (!response.ok) return null;
  const proof = proofIn(response, prove);
  return proof && { proof, response };
}

function proofEvidence({ proof, response }: Shown): Verdict["evidence"][number] {
  return {
    kind: "content_proof",
    snippet: proof.snippet,
    location: { part: "response_body", offset: proof.offset },
    fetchId: response.fetchId,
    details: { url: response.url, contentType: headerValues(response.headers, "content-type")[0] ?? null },
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

function verdictOf({ type, url }: Candidate, shown: readonly Shown[], control: HttpResponse): Verdict {
  return {
    finding: { ...CLAIMS[type], type, rootCause: { level: "route" }, instance: { method: "GET", url } },
    evidence: [...shown.map(proofEvidence), controlEvidence(control)],
  };
}

/**
 * Asks for a candidate. Its content must prove it, and a path of the same shape that surely does not exist must not
 * show the same: a site that answers everything alike has nothing exposed.
 */
export async function check(candidate: Candidate, context: PluginContext): Promise<Outcome> {
  const shown = await ask(context, candidate.url, candidate.prove);
  if (!shown) return { kind: "absent" };
  const control = await context.control.randomPath(candidate.url);
  if (!control.ok) return { kind: "undecided" };
  if (proofIn(control, candidate.prove)) return { kind: "refuted" };
  const { companion } = candidate;
  const further = companion ? await ask(context, companion.url, companion.prove) : null;
  return { kind: "exposed", verdict: verdictOf(candidate, further ? [shown, further] : [shown], control) };
}
