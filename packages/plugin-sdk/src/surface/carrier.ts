import { type ParameterPosition, parseWebUrl } from "@picket/core";
import type { HttpRequestInput } from "../plugin-context.ts";
import { jsonFrom, jsonValueOf } from "./json-pointer.ts";

/** A parameter with the value that it is sent with when another one is tried. */
export interface FilledParameter {
  readonly name: string;
  readonly in: ParameterPosition;
  readonly value: string;
}

/** One kind of request that the target takes. */
export interface Carrier {
  readonly method: string;
  /** Absolute, with the query as observed. */
  readonly url: string;
  readonly parameters: readonly FilledParameter[];
}

type Header = [name: string, value: string];
type Values = readonly FilledParameter[];

const named = (values: Values) => values.map(({ name, value }): [string, string] => [name, value]);

/** A path parameter is named by the route up to it, so its name says where it stands. */
function withPathValues(path: string, values: Values): string {
  const segments = path.split("/");
  for (const { name, value } of values) {
    const index = name.split("/").length - 1;
    const suffix = name.slice(name.lastIndexOf("}") + 1);
    if (segments[index] !== undefined) segments[index] = encodeURIComponent(value) + suffix;
  }
  return segments.join("/");
}

/** The query as observed, each named value set where it stands, or added. */
function queryOf(query: string, values: Values): string {
  const search = new URLSearchParams(query);
  for (const { name, value } of values) search.set(name, value);
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

function urlOf({ url }: Carrier, values: Values): string {
  const parsed = parseWebUrl(url);
  const inside = (position: ParameterPosition) => values.filter((each) => each.in === position);
  const target = new URL(url);
  target.pathname = withPathValues(parsed.path, inside("path"));
  target.search = queryOf(parsed.query, inside("query"));
  target.hash = "";
  return target.href;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `/order/item` with its value becomes nested elements; the first name is the document's element. */
function xmlOf(values: Values): string {
  const root = values[0]?.name.split("/").find((part) => part !== "") ?? "root";
  const children = values.map(({ name, value }) => {
    const path = name.split("/").filter((part) => part !== "");
    const inner = path[0] === root ? path.slice(1) : path;
    return inner.reduceRight((content, tag) => `<${tag}>${content}</${tag}>`, escapeXml(value));
  });
  return `<?xml version="1.0"?><${root}>${children.join("")}</${root}>`;
}

/** What is sent where a number or a boolean was observed stays one when it can; all else is text. */
function jsonOf(values: Values, observed: Values): unknown {
  const before = new Map(observed.map(({ name, in: position, value }) => [`${position} ${name}`, value]));
  return jsonFrom(
    values.map(({ name, in: position, value }) => {
      const own = before.get(`${position} ${name}`);
      const [typed, typedBefore] = [jsonValueOf(value), own === undefined ? "" : jsonValueOf(own)];
      return [name, typeof typed === typeof typedBefore ? typed : value];
    }),
  );
}

function bodyOf(values: Values, observed: Values): { type: string; body: string } | null {
  const inside = (position: ParameterPosition) => values.filter((each) => each.in === position);
  const [json, xml, form] = [inside("json"), inside("xml"), inside("form")];
  if (json.length > 0) {
    return { type: "application/json", body: JSON.stringify(jsonOf(json, observed)) };
  }
  if (xml.length > 0) return { type: "application/xml", body: xmlOf(xml) };
  if (form.length === 0) return null;
  return { type: "application/x-www-form-urlencoded", body: new URLSearchParams(named(form)).toString() };
}

function headersOf(values: Values): Header[] {
  const headers = values.filter((each) => each.in === "header");
  const cookies = values.filter((each) => each.in === "cookie");
  const cookie = cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("; ");
  // A header ends at its line: what would start another is no value of one.
  const lines = named(headers).map(
    ([name, value]): Header => [name.toLowerCase(), value.replace(/[\r\n\0]/g, " ")],
  );
  return cookie === "" ? lines : [...lines, ["cookie", cookie]];
}

/** The request of a carrier with these values in place of its own, the last of one name. Redirects are not followed. */
export function requestOf(carrier: Carrier, changes: Values): HttpRequestInput {
  const values = new Map<string, FilledParameter>();
  for (const one of [...carrier.parameters, ...changes]) values.set(`${one.in} ${one.name}`, one);
  const all = [...values.values()];
  const body = bodyOf(all, carrier.parameters);
  const headers = headersOf(all);
  return {
    method: carrier.method,
    url: urlOf(carrier, all),
    maxRedirects: 0,
    headers: body ? [...headers, ["content-type", body.type]] : headers,
    ...(body && { body: body.body }),
  };
}
