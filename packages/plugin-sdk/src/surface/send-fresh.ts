import type { HttpFailure, HttpResult } from "@picket/core";
import type { HttpRequestInput, PluginHttp } from "../plugin-context.ts";
import { answerShape } from "./answer-shape.ts";
import type { FilledParameter } from "./carrier.ts";
import { type FormPage, openForm, tokenText, withWrongTokens } from "./form-page.ts";
import { type InsertionPoint, insertionPoint } from "./read-surface.ts";
import type { SurfaceEndpoint } from "./surface-endpoint.ts";

/** What a run has learned of a form's tokens. */
interface Tokens {
  page: FormPage;
  /** The shape of the answer to tokens that were never given out; null: it tells nothing. */
  refusal: string | null;
  /** A token is good for one request, or until the next page is asked for: each request needs its own. */
  isShortLived: boolean;
  /** An answer of another shape was seen: a refusal can be told from what the form is for. */
  wasAccepted: boolean;
  /** Requests that may be repeated in vain. */
  patience: number;
}

/** Tries of one request with new tokens, while other requests of the scan take them away. */
const MAX_TRIES = 3;
/** Requests of one form that are repeated in vain: then it is the values that are refused. */
const PATIENCE = 3;

const UNTOLD: Omit<Tokens, "page"> = {
  refusal: null,
  isShortLived: false,
  wasAccepted: false,
  patience: PATIENCE,
};

const learned = new WeakMap<SurfaceEndpoint, Promise<Tokens | null>>();

const GONE: HttpFailure = {
  ok: false,
  reason: "invalid_request",
  detail: "the form is not on its page any more",
};

function withValues(point: InsertionPoint, values: readonly FilledParameter[]): InsertionPoint {
  const { name, in: position } = point.parameter;
  const parameter = point.endpoint.parameters.find((one) => one.name === name && one.in === position);
  return parameter ? insertionPoint(point.endpoint, parameter, values) : point;
}

/** One request where the page shows no tokens, else three: the page, the form with wrong tokens, and the page once more to see whether the tokens are new ones. */
async function learn(point: InsertionPoint, http: PluginHttp): Promise<Tokens | null> {
  const first = await openForm(point.endpoint, http, null);
  if (!first) return null;
  if (first.tokens.size === 0) return { ...UNTOLD, page: first };
  const refused = await http.request(withValues(point, withWrongTokens(first)).request(point.value));
  const page = await openForm(point.endpoint, http, first);
  return page && { ...UNTOLD, page, refusal: refused.ok ? answerShape(refused) : null };
}

/** Makes a request of a point with its form's fields as they are now. */
export type Build = (fresh: InsertionPoint) => HttpRequestInput;

/**
 * Sends a request to a form that has tokens, with tokens that hold. They are kept for as long as they last: what the form
 * says to wrong ones shows when they are out. Where they do not last, pages and forms go in turn over the whole run.
 * Points that need none are sent as they are. `build` may be asked more than once.
 */
export async function sendFresh(
  point: InsertionPoint,
  build: Build,
  { http }: { readonly http: PluginHttp },
): Promise<HttpResult> {
  if (!point.needsFreshForm || point.foundAt === null) return http.request(build(point));
  const known = learned.get(point.endpoint) ?? http.inTurn(() => learn(point, http));
  learned.set(point.endpoint, known);
  const tokens = await known;
  if (!tokens) return GONE;
  const send: Way["send"] = (options) =>
    http.request({ ...build(withValues(point, tokens.page.values)), ...options });
  if (tokens.page.tokens.has(point.parameter.name)) return send();
  const way = { http, send };
  if (tokens.isShortLived) return http.inTurn(() => sendAnew(point, tokens, way));
  const answer = await send();
  return isRefusal(answer, tokens) ? http.inTurn(() => renew(point, tokens, way)) : answer;
}

interface Way {
  readonly http: PluginHttp;
  send(options?: Pick<HttpRequestInput, "turn">): Promise<HttpResult>;
}

function isRefusal(answer: HttpResult, tokens: Tokens): boolean {
  if (!answer.ok || tokens.refusal === null) return false;
  const isRefused = answerShape(answer) === tokens.refusal;
  if (!isRefused) tokens.wasAccepted = true;
  return isRefused;
}

/** Asks for new tokens and sends with them, while no other run of the session does so. */
async function sendWithNew({ endpoint }: InsertionPoint, tokens: Tokens, { http, send }: Way) {
  const page = await openForm(endpoint, http, tokens.page, { turn: "begin" });
  const isNew = page !== null && tokenText(page) !== tokenText(tokens.page);
  if (page) tokens.page = page;
  return { isNew, answer: await send({ turn: "end" }) };
}

/** After an answer that looks like a refusal: sent again, which shows whether it was the tokens' fault. */
async function renew(point: InsertionPoint, tokens: Tokens, way: Way): Promise<HttpResult> {
  const { isNew, answer } = await sendWithNew(point, tokens, way);
  const isRefused = isRefusal(answer, tokens);
  // One token for the whole session, and still the same: the answer means something else.
  if (!isNew) tokens.refusal = null;
  // Where nothing else was ever seen, nobody can tell: new tokens for each request are right in any case.
  else if (!isRefused || !tokens.wasAccepted) tokens.isShortLived = true;
  return answer;
}

async function sendAnew(point: InsertionPoint, tokens: Tokens, way: Way): Promise<HttpResult> {
  for (let tries = 1; ; tries += 1) {
    const { answer } = await sendWithNew(point, tokens, way);
    if (!isRefusal(answer, tokens) || tokens.patience === 0) return answer;
    if (tries < MAX_TRIES) continue;
    tokens.patience -= 1;
    return answer;
  }
}
