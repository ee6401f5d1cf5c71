import { destructiveWord, parseWebUrl } from "@picket/core";
import type { EndpointView, HttpRequestInput } from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** One way to ask a place what it does not expect. */
export interface Malformed {
  readonly method: string;
  readonly url: string;
  readonly what: string;
  /** Another each time. */
  request(): HttpRequestInput;
  /** The same place, asked as it expects or in a way that asks for nothing. */
  readonly wellFormed: HttpRequestInput;
}

/** Kinds of values that programs convert, look up or open: a word in their place is the mistake that they must handle. */
const CONVERTED = new Set(["number", "id", "date", "path", "url", "boolean"]);

/** A word where something else belongs, and an object (`name[word]=word`) where a text does. */
function withOddQuery(url: string, points: readonly InsertionPoint[]): string {
  const odd = new URL(url);
  for (const { parameter, kind } of points) {
    const word = createMarker();
    odd.searchParams.delete(parameter.name);
    odd.searchParams.set(CONVERTED.has(kind) ? parameter.name : `${parameter.name}[${word}]`, word);
  }
  return odd.href;
}

/** Of the points of one endpoint that is asked with GET; null: it takes nothing that has a form. */
export function malformedGet(points: readonly InsertionPoint[]): Malformed | null {
  const [first] = points;
  if (!first) return null;
  const { method, url } = first;
  const plain: HttpRequestInput = { url, maxRedirects: 0 };
  const query = points.filter(({ parameter }) => parameter.in === "query");
  if (query.length > 0) {
    const request = () => ({ ...plain, url: withOddQuery(url, query) });
    return { method, url, what: "values of another type in the query", wellFormed: plain, request };
  }
  const segment = points.findLast(({ parameter, kind }) => parameter.in === "path" && CONVERTED.has(kind));
  if (!segment) return null;
  const request = () => segment.request(createMarker());
  return { method, url, what: "a word in place of a number or id in the path", wellFormed: plain, request };
}

/** JSON that ends in its middle: no program does anything with it. Null for what takes none, or looks destructive. */
export function malformedJson({ method, url, parameters }: EndpointView): Malformed | null {
  const takesJson = parameters.some((parameter) => parameter.in === "json");
  if (!takesJson || method === "GET" || destructiveWord(parseWebUrl(url)) !== null) return null;
  const request = (): HttpRequestInput => ({
    ...{ method, url, maxRedirects: 0 },
    headers: [["content-type", "application/json"]],
    body: `{"${createMarker()}":`,
  });
  return { method, url, what: "JSON that ends in its middle", wellFormed: { url, maxRedirects: 0 }, request };
}
