import {
  canonicalPath,
  type HttpResponse,
  type HttpResult,
  headerValues,
  kindOf,
  tryParseWebUrl,
} from "@picket/core";
import { responseText } from "../body-text.ts";
import type { GetOptions, PluginHttp } from "../plugin-context.ts";
import type { FilledParameter } from "./carrier.ts";
import { fittingValue } from "./fitting-value.ts";
import { type FormField, type HtmlForm, readForms } from "./read-forms.ts";
import type { SurfaceEndpoint } from "./surface-endpoint.ts";

/** A form as its page has it now. */
export interface FormPage {
  /** Hidden fields, tokens and cookies: what people enter stays as it was. */
  readonly values: readonly FilledParameter[];
  /** Names of the fields that hold tokens. */
  readonly tokens: ReadonlySet<string>;
}

function pathOf(url: string, base?: string): string | null {
  const parsed = tryParseWebUrl(url, base);
  return parsed && canonicalPath(parsed.path);
}

/** The form on the page that leads to the endpoint: same method and path, and the most of its fields. */
function formFor(endpoint: SurfaceEndpoint, response: HttpResponse): HtmlForm | null {
  const names = new Set(endpoint.parameters.map(({ name }) => name));
  const shared = ({ fields }: HtmlForm) => fields.filter(({ name }) => names.has(name)).length;
  const forms = readForms(responseText(response)).filter(
    ({ method, action }) =>
      method === endpoint.method && pathOf(action, response.url) === pathOf(endpoint.url),
  );
  return forms.toSorted((a, b) => shared(b) - shared(a))[0] ?? null;
}

const isToken = ({ name, value }: FormField) => value !== null && kindOf(name, value) === "token";

function fieldsOf({ fields }: HtmlForm): FilledParameter[] {
  return fields
    .filter((field) => (field.value !== null && field.type === "hidden") || isToken(field))
    .map((field) => ({ name: field.name, in: "form", value: fittingValue(field) }));
}

/** Cookies that come with the page: a token in a form is often compared with one of them. */
function cookiesOf({ headers }: HttpResponse): FilledParameter[] {
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

const isCookie = ({ in: position }: FilledParameter) => position === "cookie";

/** Asks for the page of an endpoint's form, as the visitor to whom `before` was shown. Null: page or form is gone. */
export async function openForm(
  endpoint: SurfaceEndpoint,
  http: PluginHttp,
  before: FormPage | null,
  options: Pick<GetOptions, "turn"> = {},
): Promise<FormPage | null> {
  const kept = before?.values.filter(isCookie) ?? [];
  const cookie = kept.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("; ");
  const page: HttpResult = await http.get(endpoint.foundAt ?? endpoint.url, {
    ...options,
    ...(cookie !== "" && { headers: [["cookie", cookie]] }),
  });
  const form = page.ok && page.status < 400 ? formFor(endpoint, page) : null;
  if (!page.ok || !form) return null;
  const cookies = new Map([...kept, ...cookiesOf(page)].map((one) => [one.name, one]));
  return {
    values: [...cookies.values(), ...fieldsOf(form)],
    tokens: new Set(form.fields.filter(isToken).map(({ name }) => name)),
  };
}

const backwards = (text: string) => [...text].reverse().join("");

/** The same with tokens that were never given out, of the same letters. */
export function withWrongTokens({ values, tokens }: FormPage): FilledParameter[] {
  return values.map((one) =>
    one.in === "form" && tokens.has(one.name) ? { ...one, value: backwards(one.value) } : one,
  );
}

/** What the tokens are at the moment, to be compared. */
export function tokenText({ values, tokens }: FormPage): string {
  return JSON.stringify(values.filter((one) => one.in === "form" && tokens.has(one.name)));
}
