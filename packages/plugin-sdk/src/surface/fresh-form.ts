import { canonicalPath, type HttpResponse, headerValues, kindOf, tryParseWebUrl } from "@picket/core";
import { responseText } from "../body-text.ts";
import type { PluginHttp } from "../plugin-context.ts";
import type { FilledParameter } from "./carrier.ts";
import { fittingValue } from "./fitting-value.ts";
import { type HtmlForm, readForms } from "./read-forms.ts";
import { type InsertionPoint, insertionPoint } from "./read-surface.ts";

function pathOf(url: string, base?: string): string | null {
  const parsed = tryParseWebUrl(url, base);
  return parsed && canonicalPath(parsed.path);
}

/** The form on the page that leads to the point: same method and path, and the most of its fields. */
function formFor(point: InsertionPoint, response: HttpResponse): HtmlForm | null {
  const names = new Set(point.endpoint.parameters.map(({ name }) => name));
  const text = responseText(response);
  const shared = ({ fields }: HtmlForm) => fields.filter(({ name }) => names.has(name)).length;
  const forms = readForms(text).filter(
    ({ method, action }) => method === point.method && pathOf(action, response.url) === pathOf(point.url),
  );
  return forms.toSorted((a, b) => shared(b) - shared(a))[0] ?? null;
}

/** Hidden fields and tokens as the page has them now; what people enter stays as it was. */
function freshValues({ fields }: HtmlForm): FilledParameter[] {
  return fields
    .filter(
      ({ name, type, value }) => value !== null && (type === "hidden" || kindOf(name, value) === "token"),
    )
    .map((field) => ({ name: field.name, in: "form", value: fittingValue(field) }));
}

/** Cookies that come with the page: a token in a form is often compared with one of them. */
function pageCookies({ headers }: HttpResponse): FilledParameter[] {
  return headerValues(headers, "set-cookie").flatMap((line): FilledParameter[] => {
    const [, name, value = ""] = /^\s*([^=;\s]{1,256})=([^;]{0,4096})/.exec(line) ?? [];
    return name === undefined || value.includes("[redacted:")
      ? []
      : [{ name, in: "cookie", value: decodeCookie(value) }];
  });
}

function decodeCookie(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not percent-encoded: it stands for itself.
    return value;
  }
}

/**
 * The same point with hidden fields, tokens and cookies of its form as the page has them now, for one request or as many
 * as its tokens last; costs one request. Points that need none come back as they are, at no cost. Null when the page or
 * its form is not there any more.
 */
export async function withFreshForm(
  point: InsertionPoint,
  { http }: { readonly http: PluginHttp },
): Promise<InsertionPoint | null> {
  if (!point.needsFreshForm || point.foundAt === null) return point;
  const page = await http.get(point.foundAt);
  const form = page.ok && page.status < 400 ? formFor(point, page) : null;
  if (!page.ok || !form) return null;
  const parameter = point.endpoint.parameters.find(
    ({ name, in: position }) => name === point.parameter.name && position === point.parameter.in,
  );
  return parameter
    ? insertionPoint(point.endpoint, parameter, [...pageCookies(page), ...freshValues(form)])
    : point;
}
