import { routeOf, tryParseWebUrl } from "@picket/core";
import type { EndpointView, FocusPlace, SessionReader } from "@picket/plugin-sdk";

/** A query parameter that may say where to go. */
export interface Candidate {
  readonly url: string;
  readonly name: string;
  /** As observed; empty: not known. */
  readonly value: string;
}

/** Names that frameworks and people give such parameters. */
const NAMES =
  /^(?:u|url|uri|r|to|go|goto|next|dest|destination|return|returnto|returnurl|returnpath|returnuri|redirect|redirectto|redirecturl|redirecturi|redir|rurl|continue|continueurl|target|targeturl|forward|forwardurl|back|backurl|backto|callback|callbackurl|success|successurl|failureurl|cancelurl|checkouturl|loginurl|logouturl|link|out|exit|location|page|view|ref|referer|service|relaystate|from|origin|path|site|domain|host|jump|navigate|nexturl|fallback|after|afterlogin)$/;

function isNamedSo(name: string): boolean {
  return NAMES.test(name.toLowerCase().replace(/[^a-z]/g, ""));
}

/** An absolute address, or a path of the site. */
function looksLikeUrl(value: string): boolean {
  return /^(?:https?:\/\/|https?%3a|\/(?:$|[^\s]))/i.test(value);
}

function valuesOf({ url, parameters }: EndpointView): Map<string, string> {
  const values = new Map<string, string>();
  for (const parameter of parameters)
    if (parameter.in === "query") values.set(parameter.name, parameter.example ?? "");
  for (const [name, value] of new URL(url).searchParams)
    if (!looksLikeUrl(values.get(name) ?? "")) values.set(name, value);
  return values;
}

/** One of each route and name, those with an address for a value first. */
export async function findCandidates(session: SessionReader): Promise<Candidate[]> {
  const found = new Map<string, Candidate & { isUrl: boolean }>();
  for await (const endpoint of session.endpoints()) {
    const parsed = tryParseWebUrl(endpoint.url);
    if (endpoint.method !== "GET" || !parsed) continue;
    for (const [name, value] of valuesOf(endpoint)) {
      const isUrl = looksLikeUrl(value);
      const key = `${routeOf(parsed.path)} ${name}`;
      const known = found.get(key);
      const isBetter =
        !known || (isUrl && !known.isUrl) || (isUrl === known.isUrl && endpoint.url < known.url);
      if ((isUrl || isNamedSo(name)) && isBetter) found.set(key, { url: endpoint.url, name, value, isUrl });
    }
  }
  const order = (a: Candidate, b: Candidate) => (`${a.url} ${a.name}` < `${b.url} ${b.name}` ? -1 : 1);
  return [...found.values()].sort((a, b) => Number(b.isUrl) - Number(a.isUrl) || order(a, b));
}

/** Query parameters of a focused scan's places. */
export function focusedCandidates(focus: readonly FocusPlace[]): Candidate[] {
  return focus.flatMap(({ method, url, parameter }) =>
    method === "GET" && parameter?.in === "query"
      ? [{ url, name: parameter.name, value: new URL(url).searchParams.get(parameter.name) ?? "" }]
      : [],
  );
}

/** The URL with the parameter's value replaced, or added. */
export function withValue({ url, name }: Candidate, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}
