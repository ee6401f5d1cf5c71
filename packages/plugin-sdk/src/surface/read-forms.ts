import { Parser } from "htmlparser2";

export interface FormField {
  readonly name: string;
  /** An input's type in lower case, or `select`, `textarea`, `button`. */
  readonly type: string;
  /** As the page fills it in; of a select the chosen option; null where nothing is. */
  readonly value: string | null;
  /** Values to choose from: options, or the members of a group of radio buttons. */
  readonly options: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export interface HtmlForm {
  /** As written; empty: the page itself. */
  readonly action: string;
  readonly method: "GET" | "POST";
  /** Media type of what it sends, in lower case. */
  readonly encoding: string;
  /** One for each name that it sends, in the order of the page; of several submit buttons the first. */
  readonly fields: readonly FormField[];
}

type Attributes = Record<string, string>;
type OpenField = { -readonly [Key in keyof FormField]: FormField[Key] } & { options: string[] };

interface OpenForm {
  id: string | undefined;
  attributes: Attributes;
  fields: Map<string, OpenField>;
  hasSubmit: boolean;
}

const URLENCODED = "application/x-www-form-urlencoded";
const SUBMITS = new Set(["submit", "image"]);
/** They send nothing by themselves. */
const SILENT = new Set(["reset", "button"]);
const CHOICES = new Set(["checkbox", "radio"]);

function typeOf(tag: string, { type = "" }: Attributes): string {
  if (tag === "input") return type.toLowerCase() || "text";
  if (tag === "button") return type.toLowerCase() || "submit";
  return tag;
}

function addField(form: OpenForm, tag: string, attributes: Attributes): OpenField | null {
  const { name = "" } = attributes;
  const type = typeOf(tag, attributes);
  if (SILENT.has(type) || (SUBMITS.has(type) && form.hasSubmit) || name === "") return null;
  if (SUBMITS.has(type)) form.hasSubmit = true;
  const isChoice = CHOICES.has(type);
  const value = attributes.value ?? (isChoice ? "on" : null);
  const known = form.fields.get(name);
  if (known) {
    if (isChoice && value !== null) known.options.push(value);
    if (isChoice && "checked" in attributes) known.value = value;
    return known;
  }
  const isChosen = !isChoice || "checked" in attributes;
  const field = {
    name,
    type,
    attributes,
    value: isChosen ? value : null,
    options: isChoice ? [value ?? "on"] : [],
  };
  form.fields.set(name, field);
  return field;
}

/** Forms as a browser would send them, in the order of the page. A field that names its form by `form=` is part of that. */
export function readForms(html: string): HtmlForm[] {
  const forms: OpenForm[] = [];
  const elsewhere: { form: string; tag: string; attributes: Attributes }[] = [];
  let form: OpenForm | undefined;
  let select: OpenField | null = null;
  let textarea: OpenField | null = null;

  function onField(tag: string, attributes: Attributes): void {
    if (attributes.form !== undefined) elsewhere.push({ form: attributes.form, tag, attributes });
    const field = form && attributes.form === undefined ? addField(form, tag, attributes) : null;
    if (tag === "select") select = field;
    if (tag === "textarea") textarea = field;
  }

  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "form") {
        form = { id: attributes.id, attributes, fields: new Map(), hasSubmit: false };
        forms.push(form);
      } else if (tag === "input" || tag === "select" || tag === "textarea" || tag === "button")
        onField(tag, attributes);
      else if (tag === "option" && select) {
        const value = attributes.value ?? "";
        select.options.push(value);
        if ("selected" in attributes) select.value = value;
      }
    },
    ontext(text) {
      if (textarea) textarea.value = (textarea.value ?? "") + text;
    },
    onclosetag(tag) {
      if (tag === "form") form = undefined;
      if (tag === "select") select = null;
      if (tag === "textarea") textarea = null;
    },
  });
  parser.end(html);
  for (const { form: id, tag, attributes } of elsewhere) {
    const owner = forms.find((each) => each.id === id);
    if (owner) addField(owner, tag, attributes);
  }
  return forms.map(({ attributes, fields }) => ({
    action: attributes.action?.trim() ?? "",
    method: attributes.method?.toUpperCase() === "POST" ? "POST" : "GET",
    encoding: attributes.enctype?.toLowerCase() ?? URLENCODED,
    fields: [...fields.values()],
  }));
}
