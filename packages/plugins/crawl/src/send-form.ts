import { cookiesSet, type HeaderList, hrefOf } from "@picket/core";
import { type HttpResponse, type HttpResult, type PluginHttp, responseText } from "@picket/plugin-sdk";
import { fittingValue, type HtmlForm, holdsToken, readForms } from "@picket/plugin-sdk/surface";
import type { PostForm } from "./form-queue.ts";

/** Cookies of a visitor who is not logged in: what a form has stored is shown to whom it was stored for. */
export interface Visitor {
  /** For the next request; empty where there are none. */
  headers(): HeaderList;
  /** Keeps what a response sets. */
  keep(response: HttpResponse): void;
}

/** Most cookies that are kept. */
const MAX_COOKIES = 50;

/** `isLoggedIn`: the session keeps its cookies itself. */
export function createVisitor(isLoggedIn: boolean): Visitor {
  const cookies = new Map<string, string>();
  return {
    headers: () =>
      cookies.size === 0
        ? []
        : [["cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")]],
    keep({ headers }) {
      if (isLoggedIn) return;
      for (const [name, value] of cookiesSet(headers))
        if (cookies.has(name) || cookies.size < MAX_COOKIES) cookies.set(name, value);
    },
  };
}

function bodyOf(fields: [name: string, value: string][], encoding: string): { type: string; body: string } {
  if (encoding !== "multipart/form-data")
    return { type: encoding, body: new URLSearchParams(fields).toString() };
  const boundary = `picket-${crypto.randomUUID()}`;
  const quoted = (name: string) => name.replace(/["\r\n]/g, encodeURIComponent);
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  return { type: `${encoding}; boundary=${boundary}`, body: `${parts.join("")}--${boundary}--\r\n` };
}

const namesOf = ({ fields }: HtmlForm) => JSON.stringify(fields.map(({ name }) => name).sort());

/** The same form as its page has it now, where it has tokens: they may be good for the newest page only. */
async function freshForm({ form, foundAt }: PostForm, http: PluginHttp, visitor: Visitor): Promise<HtmlForm> {
  if (!form.fields.some(holdsToken)) return form;
  const page = await http.get(foundAt, { headers: visitor.headers(), turn: "begin" });
  if (!page.ok) return form;
  visitor.keep(page);
  const isSame = (one: HtmlForm) =>
    one.method === "POST" && one.action === form.action && namesOf(one) === namesOf(form);
  return readForms(responseText(page)).find(isSame) ?? form;
}

/** Fills a form in as its fields want it and sends it; redirects are not followed. One request, two where it has tokens. */
export async function sendForm(offered: PostForm, http: PluginHttp, visitor: Visitor): Promise<HttpResult> {
  const form = await freshForm(offered, http, visitor);
  const fields = form.fields.map((field): [string, string] => [field.name, fittingValue(field)]);
  const { type, body } = bodyOf(fields, form.encoding);
  const headers: HeaderList = [...visitor.headers(), ["content-type", type]];
  const url = hrefOf(offered.url);
  const response = await http.request({ method: "POST", url, headers, body, maxRedirects: 0, turn: "end" });
  if (response.ok) visitor.keep(response);
  return response;
}
