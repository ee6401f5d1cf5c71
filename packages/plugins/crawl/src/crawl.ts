import {
  destructiveWord,
  headerValues,
  hrefOf,
  originOf,
  parseWebUrl,
  tryParseWebUrl,
  type WebUrl,
} from "@picket/core";
import {
  type EndpointInput,
  type HttpResponse,
  type HttpResult,
  mapInOrder,
  type PluginContext,
  type ScanInfo,
} from "@picket/plugin-sdk";
import { type Application, createApplication } from "./application.ts";
import { createFormQueue, type FormQueue, type FormsKept, NO_FORMS, type PostForm } from "./form-queue.ts";
import { createFrontier, type Frontier, type FrontierLimits, type LeftOut } from "./frontier.ts";
import { isHtml, readResponse } from "./read-response.ts";
import { place, places, type Reference } from "./reference.ts";
import { createVisitor, sendForm, type Visitor } from "./send-form.ts";
import { isThere } from "./shell.ts";
import { announcedPlaces, usualPlaces } from "./site-files.ts";
import { seeAsStranger } from "./strangers.ts";

/** Of a place that was known: it is no endpoint any more. */
const GONE = new Set([404, 410]);

interface CrawlSettings extends FrontierLimits {
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly checkUsualPlaces: boolean;
  readonly maxForms: number;
}

type Context = PluginContext<CrawlSettings>;

type Counts = {
  pages: number;
  truncated: number;
  /** Places in scripts and API descriptions beyond what is read of one document. */
  notRead: number;
  forms: number;
  formsSent: number;
  endpoints: number;
};

/** The base URL's response, redirects followed. Throws when there is none: then there is nothing to scan. */
async function openBase(baseUrl: string, { http }: Context): Promise<HttpResponse> {
  const response = await http.get(baseUrl);
  if (response.ok) return response;
  throw new Error(`no response from the base URL ${baseUrl}: ${response.reason}, ${response.detail}`);
}

/** How a crawl went; what is not zero among the caps is a warning. */
function logOutcome({ log, settings }: Context, outcome: LeftOut & FormsKept & Counts): void {
  log.info("crawl finished", outcome);
  const { maxPages, maxDepth, maxPagesPerRoute, maxForms } = settings;
  const warn = (message: string, left: number, fields = {}) => {
    if (left > 0) log.warn(message, { ...fields, left });
  };
  warn("page cap reached", outcome.pageCap, { maxPages });
  warn("depth cap reached", outcome.depthCap, { maxDepth });
  warn("route cap reached", outcome.routeCap, { maxPagesPerRoute });
  warn("combination cap reached: a path with ever new parameters", outcome.combinationCap);
  warn("path cap reached: paths that repeat themselves", outcome.pathCap);
  warn("form cap reached", outcome.formCap, { maxForms, maxPagesPerRoute });
  warn("too many places: the rest was not read", outcome.placeCap);
  warn("too many places in one document: the rest was not read", outcome.notRead);
  if (outcome.truncated > 0)
    log.warn("pages were cut off: links behind the cut were not read", { pages: outcome.truncated });
}

interface Round {
  frontier: Frontier;
  context: Context;
  counts: Counts;
  application: Application;
  /** Null: forms may not be sent. */
  forms: FormQueue | null;
  visitor: Visitor;
  /** The page that scripts run in. */
  base: string;
  /** By URL: the first page that led to it. */
  leaders: Map<string, string>;
  /** What the target answers for a path that is not there; asked for once. */
  absent(): Promise<HttpResult>;
}

function isPostForm(reference: Reference): reference is PostForm {
  return reference.form !== undefined && reference.foundAt !== undefined;
}

function* offerAll(
  { frontier, counts, forms }: Round,
  references: Iterable<Reference>,
): Generator<EndpointInput> {
  for (const reference of references) {
    if (forms && isPostForm(reference) && frontier.isOnTarget(reference.url)) forms.offer(reference);
    const endpoint = frontier.offer(reference);
    if (!endpoint) continue;
    counts.endpoints += 1;
    if (reference.source === "form") counts.forms += 1;
    yield endpoint;
  }
}

/** A page that names a program of its own is none of many alike, nor is the page that led to it, such as a chapter's. */
function giveRoom({ frontier, leaders }: Round, url: string): void {
  frontier.giveRoom(url);
  const leader = leaders.get(url);
  if (leader !== undefined) frontier.giveRoom(leader);
}

function* readPage(round: Round, response: HttpResponse): Generator<EndpointInput> {
  const { counts, base, frontier, application, leaders } = round;
  const before = frontier.programs;
  counts.pages += 1;
  if (response.truncated && isHtml(response)) counts.truncated += 1;
  const { references, left, scripts = [], json } = readResponse(response, base);
  counts.notRead += left;
  for (const script of scripts) application.readScript(script);
  if (json && response.status < 300) application.readJson(response.url, json);
  for (const { url } of references) if (!leaders.has(hrefOf(url))) leaders.set(hrefOf(url), response.url);
  yield* offerAll(round, references);
  if (frontier.programs > before) giveRoom(round, response.url);
}

/** A place that an earlier scan knew is there while it is not gone; one that only looks like one must differ from none. */
async function confirmed(
  { frontier, counts, absent }: Round,
  href: string,
  response: HttpResponse,
): Promise<EndpointInput | null> {
  if (!frontier.isGuess(href) || GONE.has(response.status)) return null;
  const endpoint = frontier.confirm(href);
  if (!endpoint || (endpoint.source !== "seed" && !isThere(response, await absent()))) return null;
  counts.endpoints += 1;
  return endpoint;
}

/** Requests what is offered, level by level, until nothing is left. */
async function* requestAll(round: Round): AsyncGenerator<EndpointInput> {
  const { frontier, context, counts, visitor } = round;
  const { http, settings, signal } = context;
  const get = async (href: string) => {
    const response = await http.get(href, { maxRedirects: 0, headers: visitor.headers() });
    return { href, response };
  };
  for (let level = frontier.nextLevel(); level.length > 0; level = frontier.nextLevel()) {
    for await (const { href, response } of mapInOrder(level, settings.concurrency, get)) {
      if (signal.aborted) return;
      if (!response.ok) {
        counts.pages += 1;
        continue;
      }
      const endpoint = await confirmed(round, href, response);
      if (endpoint) yield endpoint;
      yield* readPage(round, response);
    }
  }
}

/** Where an answer to a form leads on the target; null: nowhere. */
function landingOf({ frontier }: Round, { status, headers, url: from }: HttpResponse): WebUrl | null {
  const [to] = status >= 300 && status < 400 ? headerValues(headers, "location") : [];
  const url = to === undefined ? null : tryParseWebUrl(to, from);
  return url && frontier.isOnTarget(url) && destructiveWord(url) === null ? url : null;
}

/** The page that a form leads to is asked for even where it is known: it may be another one now. */
async function* land(round: Round, url: WebUrl, form: PostForm): AsyncGenerator<EndpointInput> {
  const { frontier, context, visitor } = round;
  const foundAt = hrefOf(form.url);
  frontier.addRequested(url);
  yield* offerAll(round, [place(url, "redirect", { isRequestable: false, foundAt })]);
  const page = await context.http.get(hrefOf(url), { maxRedirects: 0, headers: visitor.headers() });
  if (!page.ok) return;
  visitor.keep(page);
  yield* readPage(round, page);
}

/** Steps of one chain of forms that are gone in a row. */
const MAX_CHAIN = 10;

/** Sends forms one after another, as each may change what the next one finds; what an answer shows comes first. */
async function* sendForms(round: Round, forms: readonly PostForm[], step = 1): AsyncGenerator<EndpointInput> {
  const { context, counts, visitor } = round;
  for (const form of forms) {
    if (context.signal.aborted) return;
    const response = await sendForm(form, context.http, visitor);
    if (!response.ok) continue;
    counts.formsSent += 1;
    const landing = landingOf(round, response);
    if (landing) yield* land(round, landing, form);
    else yield* readPage(round, response);
    if (step < MAX_CHAIN) yield* sendForms(round, round.forms?.next() ?? [], step + 1);
  }
}

/** Requests what is offered, and where forms may be sent what lies behind them, until nothing is left. */
async function* exploreAll(round: Round): AsyncGenerator<EndpointInput> {
  yield* requestAll(round);
  for (let forms = round.forms?.next() ?? []; forms.length > 0; forms = round.forms?.next() ?? []) {
    yield* sendForms(round, forms);
    yield* requestAll(round);
  }
}

/** What only strangers are shown; forms that they see are not sent. */
async function* exploreAsStranger(round: Round, known: Iterable<string>): AsyncGenerator<EndpointInput> {
  const { base, frontier, context } = round;
  for await (const page of seeAsStranger({ start: base, frontier, known }, context))
    yield* readPage({ ...round, forms: null }, page);
  yield* requestAll(round);
}

/** Places that earlier scans knew and this crawl has not come across. */
async function knownPlaces({ session }: Context): Promise<Reference[]> {
  const known = await Array.fromAsync(session.known());
  return known
    .filter(({ method }) => method === "GET")
    .flatMap(({ url }) => places([url], url, "seed", { isGuess: true }));
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Requests pages breadth first from the base URL and yields every endpoint of the target that they name; then, with
 * what the caps leave, the places that earlier scans knew. Stays in the base URL's directory, on its origin and on the
 * one that it redirects to. Where the scan may send forms, so does the crawl. Throws when the base URL gives no response.
 */
export async function* crawl(
  { target: { baseUrl }, may, identities }: ScanInfo,
  context: Context,
): AsyncGenerator<EndpointInput> {
  const maySend = may.submitForms && context.capabilities.includes("http:intrusive");
  const base = parseWebUrl(baseUrl);
  const directory = base.path.slice(0, base.path.lastIndexOf("/") + 1);
  const frontier = createFrontier(context.settings, directory);
  const first = await openBase(baseUrl, context);
  const landing = parseWebUrl(first.url);
  const round: Round = {
    frontier,
    context,
    application: createApplication(),
    forms: maySend ? createFormQueue(context.settings) : null,
    visitor: createVisitor(identities.includes("primary")),
    base: first.url,
    leaders: new Map(),
    counts: { pages: 0, truncated: 0, notRead: 0, forms: 0, formsSent: 0, endpoints: 0 },
    absent: once(() => context.control.randomPath(first.url)),
  };
  for (const url of [base, landing]) frontier.addRequested(url);
  yield* offerAll(round, [
    place(base, "seed", { isRequestable: false }),
    place(landing, "redirect", { isRequestable: false }),
  ]);
  yield* readPage(round, first);
  // Both files belong to the whole host; below a path they are out of scope.
  if (directory === "/") yield* offerAll(round, await announcedPlaces(originOf(landing), context));
  if (context.settings.checkUsualPlaces)
    yield* offerAll(round, await usualPlaces(`${originOf(landing)}${directory}`, context));

  yield* exploreAll(round);
  // What one script calls, another one or an answer completes.
  yield* offerAll(round, round.application.completed());
  yield* exploreAll(round);
  if (identities.includes("primary")) yield* exploreAsStranger(round, round.leaders.keys());
  // After what links lead to, so that the caps cut these first: pages that nothing links to any more.
  frontier.startOver();
  yield* offerAll(round, await knownPlaces(context));
  yield* exploreAll(round);
  logOutcome(context, { ...round.counts, ...frontier.leftOut, ...(round.forms?.kept ?? NO_FORMS) });
}
