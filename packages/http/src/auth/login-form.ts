import { hrefOf, tryParseWebUrl, type WebUrl } from "@picket/core";
import { Parser } from "htmlparser2";

export interface LoginForm {
  action: string;
  /** What it would send as it stands: hidden fields and preset values. */
  fields: Record<string, string>;
}

/** The form of a page that has a field of this name, such as the password's; null when there is none. */
export function findLoginForm(html: string, page: WebUrl, field: string): LoginForm | null {
  const forms: LoginForm[] = [];
  let current: LoginForm | null = null;
  const parser = new Parser({
    onopentag(tag, { action, name, value, type, checked }) {
      if (tag === "form") {
        current = { action: action || hrefOf(page), fields: {} };
        forms.push(current);
      }
      const isSent = !["submit", "image", "reset", "button", "file"].includes(type?.toLowerCase() ?? "");
      const isOff = /^(checkbox|radio)$/i.test(type ?? "") && checked === undefined;
      if (tag === "input" && current && name && isSent && !isOff) current.fields[name] = value ?? "";
    },
    onclosetag(tag) {
      if (tag === "form") current = null;
    },
  });
  parser.end(html);
  const form = forms.find(({ fields }) => Object.hasOwn(fields, field));
  const action = form && tryParseWebUrl(form.action, hrefOf(page));
  return form && action ? { ...form, action: hrefOf(action) } : null;
}
