import type { FindingInput, HttpRequestInput, PluginContext, ScanInfo } from "@picket/plugin-sdk";
import { type InsertionPoint, readSurface } from "@picket/plugin-sdk/surface";

/** Somewhere that a document can be sent. */
export interface XmlPlace {
  readonly instance: FindingInput["instance"];
  readonly level: "route" | "parameter";
  /** Carries a document with this DOCTYPE, and `text` as the content of every element without children. */
  request(doctype: string, text: string): HttpRequestInput;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const PLAIN_DOCUMENT = "<root>picket</root>";
const ELEMENT_NAME = /^[A-Za-z_][\w.-]{0,60}$/;
const LOOKS_LIKE_XML = /^\s*<(?:\?xml\s|[A-Za-z_][\w.:-]{0,60}[\s/>])/;
/** An element without children. */
const LEAF = /(<([\w.:-]{1,60})(?:\s[^<>]{0,2000})?>)[^<>]{0,10000}<\/\2\s{0,10}>/g;
const NAMES_XML = /xml|soap|saml|svg|rss/i;

function documentLike(template: string, doctype: string, text: string): string {
  const body = template.replace(/^\s*<\?xml[^>]{0,200}\?>\s*/, "").replace(/<!DOCTYPE[^>[]{0,500}>/i, "");
  return (
    DECLARATION + doctype + body.replace(LEAF, (_, open: string, name: string) => `${open}${text}</${name}>`)
  );
}

function bodyPlace(request: HttpRequestInput, template: string, url: string): XmlPlace {
  const { method = "POST", headers = [] } = request;
  const others = headers.filter(([name]) => name.toLowerCase() !== "content-type");
  return {
    instance: { method, url },
    level: "route",
    request: (doctype, text) => ({
      ...request,
      headers: [...others, ["content-type", "application/xml"]],
      body: documentLike(template, doctype, text),
    }),
  };
}

function parameterPlace(point: InsertionPoint): XmlPlace {
  const template = LOOKS_LIKE_XML.test(point.value) ? point.value : PLAIN_DOCUMENT;
  return {
    instance: point.instance,
    level: "parameter",
    request: (doctype, text) => point.request(documentLike(template, doctype, text)),
  };
}

/** A JSON document's members as elements, for frameworks that choose the parser by the content type. */
function xmlFromNames(points: readonly InsertionPoint[]): string {
  const names = points.map(({ parameter }) => parameter.name.split("/").at(-1) ?? "");
  const elements = [...new Set(names)].filter((name) => ELEMENT_NAME.test(name));
  return elements.length === 0
    ? PLAIN_DOCUMENT
    : `<root>${elements.map((name) => `<${name}>x</${name}>`).join("")}</root>`;
}

function endpointPlaces(points: readonly InsertionPoint[]): XmlPlace[] {
  const [first] = points;
  const inside = (position: string) => points.filter(({ parameter }) => parameter.in === position);
  const [ofXml] = inside("xml");
  const json = inside("json");
  const own = [...inside("query"), ...inside("form"), ...json]
    .filter(({ value, parameter }) => LOOKS_LIKE_XML.test(value) || NAMES_XML.test(parameter.name))
    .map(parameterPlace);
  if (ofXml) {
    const request = ofXml.request(ofXml.value);
    return [bodyPlace(request, String(request.body ?? PLAIN_DOCUMENT), ofXml.url), ...own];
  }
  const [ofJson] = json;
  if (ofJson && first)
    return [bodyPlace(ofJson.request(ofJson.value), xmlFromNames(json), first.url), ...own];
  return own;
}

/** Endpoints that take a POST of which nothing is known: scripts that write documents say nothing of their names. */
async function unknownBodies({ session }: Pick<PluginContext, "session">): Promise<XmlPlace[]> {
  const places = new Map<string, XmlPlace>();
  for await (const { method, url, route, parameters } of session.endpoints()) {
    const isUnknown = method === "POST" && parameters.every((one) => one.in === "query" || one.in === "path");
    if (isUnknown && !places.has(route))
      places.set(route, bodyPlace({ method, url, maxRedirects: 0 }, PLAIN_DOCUMENT, url));
  }
  return [...places.values()];
}

function focusedBodies({ focus }: Pick<ScanInfo, "focus">): XmlPlace[] {
  return (focus ?? []).flatMap(({ method, url, parameter }) =>
    parameter === null && method !== "GET"
      ? [bodyPlace({ method, url, maxRedirects: 0 }, PLAIN_DOCUMENT, url)]
      : [],
  );
}

/** Bodies that are XML, or JSON or unknown and may be XML as well, and parameters that hold documents. */
export async function findPlaces(
  scan: Pick<ScanInfo, "focus" | "identities" | "may">,
  context: Pick<PluginContext, "session" | "log" | "http">,
): Promise<XmlPlace[]> {
  const points = await readSurface(scan, context, {
    positions: ["query", "form", "json", "xml"],
  });
  const ofEndpoint = Map.groupBy(points, ({ endpoint }) => endpoint);
  const known = [...ofEndpoint.values()].flatMap(endpointPlaces);
  const bodies = scan.focus ? focusedBodies(scan) : scan.may.submitForms ? await unknownBodies(context) : [];
  const taken = new Set(known.map(({ instance }) => `${instance.method} ${instance.url}`));
  return [...known, ...bodies.filter(({ instance }) => !taken.has(`${instance.method} ${instance.url}`))];
}
