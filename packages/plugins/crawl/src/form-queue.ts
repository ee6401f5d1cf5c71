import { CHOOSING_NAME, destructiveWord, hrefOf } from "@picket/core";
import { fittingValue, type HtmlForm } from "@picket/plugin-sdk/surface";
import { createCounter, pathTemplateOf } from "./frontier.ts";
import type { Reference } from "./reference.ts";

/** A form that is sent by POST, on the page that shows it. */
export interface PostForm extends Reference {
  readonly form: HtmlForm;
  readonly foundAt: string;
}

/** Forms that were not sent, counted by reason. A type, so that it can be logged as fields. */
export type FormsKept = {
  /** Its words say that it ends a session, deletes or undoes something. */
  destructiveForms: number;
  /** With a field for a password or a file. */
  guardedForms: number;
  /** Sends plain text, or names another method. */
  oddForms: number;
  formCap: number;
};

/** Forms to be sent, one of each template. */
export interface FormQueue {
  /** Takes note of a form of the target. */
  offer(form: PostForm): void;
  /** Forms to send next, in the order of their templates. Empty: there are no more. */
  next(): PostForm[];
  readonly kept: Readonly<FormsKept>;
}

const ENCODINGS = new Set(["application/x-www-form-urlencoded", "multipart/form-data"]);
const GUARDED = new Set(["password", "file"]);

/** Where it is sent, what its fields are called, and what it chooses, such as the step of a wizard. */
function templateOf({ url, form: { fields } }: PostForm): string {
  const names = fields.map((field) =>
    CHOOSING_NAME.test(field.name) ? `${field.name}=${field.value}` : field.name,
  );
  return JSON.stringify([pathTemplateOf(url), names.sort()]);
}

/** Whether the form's address, what it sends or what it says of itself speak of taking something away. */
function isDestructive({ url, form: { fields, captions } }: PostForm): boolean {
  const told = [
    ...fields.map((field) => [field.name, fittingValue(field)]),
    ...captions.map((caption) => ["button", caption]),
  ];
  return destructiveWord({ ...url, query: `${url.query}&${new URLSearchParams(told)}` }) !== null;
}

function keptFor(offered: PostForm): keyof FormsKept | null {
  const { fields, encoding } = offered.form;
  if (fields.some(({ type }) => GUARDED.has(type))) return "guardedForms";
  if (isDestructive(offered)) return "destructiveForms";
  const isOdd = !ENCODINGS.has(encoding) || fields.some(({ name }) => name === "_method");
  return isOdd ? "oddForms" : null;
}

export const NO_FORMS: FormsKept = { destructiveForms: 0, guardedForms: 0, oddForms: 0, formCap: 0 };

export interface FormLimits {
  readonly maxForms: number;
  /** Forms of one route too. */
  readonly maxPagesPerRoute: number;
}

export function createFormQueue({ maxForms, maxPagesPerRoute }: FormLimits): FormQueue {
  const known = new Set<string>();
  const kept = { ...NO_FORMS };
  let waiting = new Map<string, PostForm>();
  const ofRoute = createCounter(maxPagesPerRoute);
  let sent = 0;

  function isWithinCaps({ url }: PostForm): boolean {
    const route = pathTemplateOf(url);
    if (sent === maxForms || ofRoute.isFull(route)) {
      kept.formCap += 1;
      return false;
    }
    sent += 1;
    ofRoute.add(route);
    return true;
  }

  return {
    kept,
    offer(form) {
      const template = templateOf(form);
      if (known.has(template)) return;
      known.add(template);
      const reason = keptFor(form);
      if (reason) kept[reason] += 1;
      else waiting.set(`${template} ${hrefOf(form.url)}`, form);
    },
    next() {
      const forms = [...waiting].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, form]) => form);
      waiting = new Map();
      return forms.filter(isWithinCaps);
    },
  };
}
