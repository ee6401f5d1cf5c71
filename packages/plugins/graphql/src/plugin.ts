import { answersControl, type HttpResponse, tryParseWebUrl } from "@picket/core";
import {
  definePlugin,
  judgeEach,
  type PluginContext,
  type SessionReader,
  type Verdict,
} from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { graphqlAnswer, rootTypeName, schemaTypes, suggestion } from "./answers.ts";
import { CLAIMS, type ClaimType } from "./claims.ts";

/** Where frameworks serve it. */
const PATHS = ["graphql", "api/graphql", "v1/graphql", "graphql/v1", "query"];
const LOOKS_LIKE_IT = /\/(?:graphi?ql|gql)(?:\/|$)/i;

const HELLO = "{ __typename }";
const SCHEMA = "{ __schema { queryType { name } types { name kind } } }";
/** Near misses of names that most schemas have. */
const TYPOS = "{ usr usrs viewr produts nodee searh accountt meee loginn __schem }";

type Method = "GET" | "POST";

interface Endpoint {
  readonly method: Method;
  readonly url: string;
}

async function ask(
  { http }: PluginContext,
  { method, url }: Endpoint,
  query: string,
): Promise<HttpResponse | null> {
  const asked = new URL(url);
  if (method === "GET") asked.searchParams.set("query", query);
  const response = await http.request({
    method,
    url: asked.href,
    // Apollo answers a GET only when a header shows that no page of another site could have sent it.
    headers: [
      ["content-type", "application/json"],
      ["accept", "application/json"],
      ["apollo-require-preflight", "true"],
    ],
    ...(method === "POST" && { body: JSON.stringify({ query }) }),
    maxRedirects: 0,
    storage: "none",
  });
  return response.ok ? response : null;
}

/** How the URL is asked, if GraphQL is there: by POST, as all take it, else by GET. */
async function findMethod(context: PluginContext, url: string): Promise<Endpoint | null> {
  for (const method of ["POST", "GET"] as const) {
    const response = await ask(context, { method, url }, HELLO);
    if (!response || response.status === 404) return null;
    if (rootTypeName(graphqlAnswer(response)) !== null) return { method, url };
  }
  return null;
}

function evidence(
  kind: "content_proof" | "negative_control",
  response: HttpResponse,
  snippet: string,
): Verdict["evidence"][number] {
  const isControl = kind === "negative_control";
  return {
    kind,
    snippet,
    location: { part: "response_body" },
    fetchId: response.fetchId,
    ...(isControl && { controlHeld: true }),
  };
}

function typesSnippet(types: readonly string[]): string {
  return `__schema with ${types.length} types: ${types.slice(0, 20).join(", ")}`;
}

interface Question {
  readonly type: ClaimType;
  readonly query: string;
  /** What the answer shows of the claim; null: nothing. */
  shows(response: HttpResponse): string | null;
}

const QUESTIONS: readonly Question[] = [
  {
    type: "graphql-introspection",
    query: SCHEMA,
    shows(response) {
      const types = schemaTypes(graphqlAnswer(response));
      return types.length > 0 ? typesSnippet(types) : null;
    },
  },
  {
    type: "graphql-field-suggestions",
    query: TYPOS,
    shows: (response) => suggestion(graphqlAnswer(response)),
  },
];

/** Twice by the endpoint, and never by a path beside it that surely does not exist. */
async function prove(whole: PluginContext, endpoint: Endpoint, question: Question): Promise<Verdict | null> {
  const { type, query, shows } = question;
  const context = whole.lookingFor(type);
  const proofs: Verdict["evidence"][number][] = [];
  for (let count = 0; count < 2; count += 1) {
    const response = await ask(context, endpoint, query);
    const shown = response && shows(response);
    if (!response || shown === null) return null;
    proofs.push({ ...evidence("content_proof", response, shown), details: { replay: count } });
  }
  const nowhere = { ...endpoint, url: new URL(`./${createMarker()}`, endpoint.url).href };
  const control = await ask(context, nowhere, query);
  if (!control || shows(control) !== null) return null;
  const isHeld = answersControl(control.status) || control.status === 405;
  if (!isHeld) return null;
  const held = evidence("negative_control", control, `status ${control.status} without a schema`);
  return {
    finding: { ...CLAIMS[type], type, rootCause: { level: "route" }, instance: endpoint },
    evidence: [...proofs, held],
  };
}

async function check(context: PluginContext, url: string): Promise<Verdict | null> {
  const endpoint = await findMethod(context, url);
  if (!endpoint) return null;
  for (const question of QUESTIONS) {
    const verdict = await prove(context, endpoint, question);
    if (verdict) return verdict;
  }
  return null;
}

async function seenUrls(session: SessionReader): Promise<string[]> {
  const urls = new Set<string>();
  for await (const { url } of session.endpoints()) {
    const parsed = tryParseWebUrl(url);
    if (parsed && LOOKS_LIKE_IT.test(parsed.path)) urls.add(new URL(parsed.path, url).href);
  }
  return [...urls].sort();
}

export const plugin = definePlugin({
  name: "graphql",
  description: "Asks known places for GraphQL, and GraphQL for its schema.",
  version: "1.0.0",
  requiredCapabilities: ["http:active"],
  stage: "probe",
  emits: Object.keys(CLAIMS),
  config: z.object({
    maxEndpoints: z.int().min(1).max(100).default(10).describe("URLs to ask, at most"),
  }),
  async *run(scan, context) {
    const guessed = PATHS.map((path) => new URL(path, scan.target.baseUrl).href);
    const urls = scan.focus
      ? scan.focus.map(({ url }) => url)
      : [...(await seenUrls(context.session)), ...guessed].slice(0, context.settings.maxEndpoints);
    yield* judgeEach(new Set(urls), (url) => check(context, url));
  },
});
