import { answersControl, type HttpResponse } from "@picket/core";
import type { PluginContext } from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import { type Destination, destinationAt, destinationsOf } from "./destination.ts";
import { type Candidate, withValue } from "./parameters.ts";

/** How a foreign host is written, plainly first and then past the filters that are met. */
type Form = (host: string, own: URL) => string;

const PLAIN: Form = (host) => `https://${host}/`;
const BYPASSES: readonly Form[] = [
  (host) => `//${host}/`,
  (host) => `/\\${host}/`,
  (host, own) => `https://${own.host}@${host}/`,
  (host) => `/\t/${host}/`,
  (host, own) => `https://${host}/?${own.origin}/`,
  (host, own) => `https://${host}/${own.host}`,
  (host) => `https:${host}/`,
  (host) => `%2f%2f${host}/`,
];

export interface Shown {
  readonly sent: string;
  readonly destination: Destination;
  readonly response: HttpResponse;
}

export interface Redirect {
  readonly proofs: readonly [Shown, Shown];
  /** The same request with a path of the site's own. */
  readonly control: HttpResponse;
}

async function get({ http }: PluginContext, url: string): Promise<HttpResponse | null> {
  const response = await http.get(url, { maxRedirects: 0, storage: "none" });
  return response.ok ? response : null;
}

async function tryForm(context: PluginContext, candidate: Candidate, form: Form): Promise<Shown | null> {
  const host = `${createMarker()}.example`;
  const sent = form(host, new URL(candidate.url));
  const response = await get(context, withValue(candidate, sent));
  const destination = response && destinationAt(host, response);
  return response && destination ? { sent, destination, response } : null;
}

/** Sends the parameter's own kind of value. `follows`: the answer sends the browser there, so the parameter decides. */
async function askOwnPath(context: PluginContext, candidate: Candidate) {
  const path = `/${createMarker()}`;
  const response = await get(context, withValue(candidate, path));
  const follows = response && destinationsOf(response).some(({ url }) => url.pathname.endsWith(path));
  return { response, follows: follows === true };
}

async function firstForm(
  context: PluginContext,
  candidate: Candidate,
): Promise<{ form: Form; shown: Shown } | null> {
  for (const form of BYPASSES) {
    const shown = await tryForm(context, candidate, form);
    if (shown) return { form, shown };
  }
  return null;
}

/** Foreign addresses that hold a known one, or begin as it does. */
function formsAround(value: string): Form[] {
  const known = /^https?:\/\//i.test(value) ? URL.parse(value) : null;
  return known ? [(host) => `https://${host}/?${value}`, (host) => `${known.origin}@${host}/`] : [];
}

/** Where only addresses of a list are followed: whether one of them within a foreign address is enough. */
async function pastAllowlist(context: PluginContext, candidate: Candidate): Promise<Redirect | null> {
  for (const form of formsAround(candidate.value)) {
    const shown = await tryForm(context, candidate, form);
    const again = shown && (await tryForm(context, candidate, form));
    const control = again && (await get(context, withValue(candidate, candidate.value)));
    if (!shown || !again || !control || !answersControl(control.status)) continue;
    const isForeign = destinationAt(shown.destination.url.hostname, control) !== undefined;
    return isForeign ? null : { proofs: [shown, again], control };
  }
  return null;
}

/**
 * A plain foreign address and a path of the site's own: two requests for a parameter that decides nothing. Where the path
 * is followed but the address is not, a filter stands between, and its known gaps are tried; where neither is, one that
 * knows addresses by what they contain.
 */
export async function probe(context: PluginContext, candidate: Candidate): Promise<Redirect | null> {
  const plain = await tryForm(context, candidate, PLAIN);
  const own = await askOwnPath(context, candidate);
  const found = plain
    ? { form: PLAIN, shown: plain }
    : own.follows
      ? await firstForm(context, candidate)
      : null;
  if (!found && !own.follows) return pastAllowlist(context, candidate);
  if (!found || !own.response || !answersControl(own.response.status)) return null;
  const again = await tryForm(context, candidate, found.form);
  const isForeign = destinationAt(found.shown.destination.url.hostname, own.response) !== undefined;
  return again && !isForeign ? { proofs: [found.shown, again], control: own.response } : null;
}
