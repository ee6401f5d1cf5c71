import {
  canonicalPath,
  cookiesSet,
  type HeaderList,
  type HttpResponse,
  headerValues,
  hrefOf,
  originOf,
  parseWebUrl,
  tryParseWebUrl,
} from "@picket/core";
import { responseText } from "../body-text.ts";
import type { GetOptions, HttpRequestInput, PluginHttp } from "../plugin-context.ts";
import { type FilledParameter, requestOf } from "./carrier.ts";
import { fittingValue } from "./fitting-value.ts";
import { type HtmlForm, holdsToken, readForms } from "./read-forms.ts";
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

/** The form on the page that leads to the endpoint: same method and path, and all of its fields, or the most of them. */
function formFor(
  endpoint: SurfaceEndpoint,
  response: HttpResponse,
): { form: HtmlForm; isWhole: boolean } | null {
  const names = new Set(endpoint.parameters.flatMap((one) => (one.in === "form" ? one.name : [])));
  const shared = ({ fields }: HtmlForm) => fields.filter(({ name }) => names.has(name)).length;
  const [form] = readForms(responseText(response))
    .filter(
      ({ method, action }) =>
        method === endpoint.method && pathOf(action, response.url) === pathOf(endpoint.url),
    )
    .toSorted((a, b) => shared(b) - shared(a));
  return form ? { form, isWhole: shared(form) >= names.size } : null;
}

function fieldsOf({ fields }: HtmlForm): FilledParameter[] {
  return fields
    .filter((field) => (field.value !== null && field.type === "hidden") || holdsToken(field))
    .map((field) => ({ name: field.name, in: "form", value: fittingValue(field) }));
}

/** Cookies that come with the page: a token in a form is often compared with one of them. */
function cookiesOf({ headers }: HttpResponse): FilledParameter[] {
  return cookiesSet(headers)
    .filter(([, value]) => !value.includes("[redacted:"))
    .map(([name, value]) => ({ name, in: "cookie", value: decodeCookie(value) }));
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

/** Forms before the form that are gone through at most, and requests for all of them. */
const MAX_STEPS = 5;
const MAX_REQUESTS = 12;

/** The cookies of one visitor, page after page. */
interface Visit {
  readonly http: PluginHttp;
  readonly options: Pick<GetOptions, "identity" | "turn">;
  readonly cookies: Map<string, FilledParameter>;
  left: number;
}

async function ask(visit: Visit, request: HttpRequestInput): Promise<HttpResponse | null> {
  const { http, options, cookies } = visit;
  if (visit.left === 0) return null;
  visit.left -= 1;
  const pairs = [...cookies.values()].map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const headers: HeaderList = pairs.length === 0 ? [] : [["cookie", pairs.join("; ")]];
  const response = await http.request({
    ...request,
    ...options,
    headers: [...(request.headers ?? []), ...headers],
  });
  if (!response.ok || response.status >= 400) return null;
  for (const cookie of cookiesOf(response)) cookies.set(cookie.name, cookie);
  return response;
}

/** What a form shows when it is sent as its page fills it in: its answer, or the page that this leads to. */
async function sendThrough(form: SurfaceEndpoint, visit: Visit, steps: number): Promise<HttpResponse | null> {
  const opened = await formAt(form, visit, steps);
  const answer = await ask(visit, requestOf(form, opened ? fieldsOf(opened) : []));
  const [to] = answer && answer.status >= 300 ? headerValues(answer.headers, "location") : [];
  const url = to === undefined ? null : tryParseWebUrl(to, form.url);
  return url && originOf(url) === originOf(parseWebUrl(form.url)) ? ask(visit, { url: hrefOf(url) }) : answer;
}

async function formAt(endpoint: SurfaceEndpoint, visit: Visit, steps: number): Promise<HtmlForm | null> {
  const { foundAt, behind } = endpoint;
  const page = await ask(visit, { url: foundAt ?? endpoint.url });
  const found = page && formFor(endpoint, page);
  if (found?.isWhole || steps === 0) return found?.form ?? null;
  for (const form of behind?.forms ?? []) {
    const shown = await sendThrough(form, visit, steps - 1);
    const there = shown && formFor(endpoint, shown);
    if (there?.isWhole) return there.form;
  }
  return found?.form ?? null;
}

/**
 * Asks for the page of an endpoint's form, as the visitor to whom `before` was shown, through the forms behind which it
 * lies. Null: page or form is gone.
 */
export async function openForm(
  endpoint: SurfaceEndpoint,
  http: PluginHttp,
  before: FormPage | null,
  options: Pick<GetOptions, "turn"> = {},
): Promise<FormPage | null> {
  const kept = before?.values.filter(isCookie) ?? [];
  const cookies = new Map(kept.map((one) => [one.name, one]));
  const { identity } = endpoint;
  const whole = { ...options, ...(identity && { identity }) };
  const form = await formAt(endpoint, { http, options: whole, cookies, left: MAX_REQUESTS }, MAX_STEPS);
  return (
    form && {
      values: [...cookies.values(), ...fieldsOf(form)],
      tokens: new Set(form.fields.filter(holdsToken).map(({ name }) => name)),
    }
  );
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
