import { kindOf } from "@picket/core";
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

/** True for a field that its page fills with a token. */
export function holdsToken({ name, value }: FormField): boolean {
  return value !== null && kindOf(name, value) === "token";
}

export interface HtmlForm {
  /** As written; empty: the page itself. */
  readonly action: string;
  readonly method: "GET" | "POST";
  /** Media type of what it sends, in lower case. */
  readonly encoding: string;
  /** One for each name that it sends, in the order of the page; of several submit buttons the first. */
  readonly fields: readonly FormField[];
  /** What it says of itself: captions of its buttons, and the words of its own attributes. */
  readonly captions: readonly string[];
}

type Attributes = Record<string, string>;
type OpenField = { -readonly [Key in keyof FormField]: FormField[Key] } & { options: string[] };

interface OpenForm {
  attributes: Attributes;
  fields: Map<string, OpenField>;
  hasSubmit: boolean;
  captions: string[];
  /** Buttons that send the form elsewhere. */
  detours: Attributes[];
}

const URLENCODED = "application/x-www-form-urlencoded";
const SUBMITS = new Set(["submit", "image"]);
/** They send nothing by themselves. */
const SILENT = new Set(["reset", "button"]);
const CHOICES = new Set(["checkbox", "radio"]);
const WORDS = ["id", "class", "name", "title", "aria-label", "onsubmit", "onclick", "value", "alt"];

function captionsOf(attributes: Attributes): string[] {
  return WORDS.flatMap((name) => attributes[name] ?? []);
}

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

function openForm(attributes: Attributes): OpenForm {
  return { attributes, fields: new Map(), hasSubmit: false, captions: captionsOf(attributes), detours: [] };
}

function addButton(form: OpenForm, tag: string, attributes: Attributes): void {
  if (!SUBMITS.has(typeOf(tag, attributes))) return;
  form.captions.push(...captionsOf(attributes));
  if (attributes.formaction !== undefined) form.detours.push(attributes);
}

/** Fields that name their form by `form=` are its own, wherever they stand. */
function takeIn(form: OpenForm, outside: OpenForm | undefined): void {
  if (!outside) return;
  for (const [name, field] of outside.fields) if (!form.fields.has(name)) form.fields.set(name, field);
  form.captions.push(...outside.captions);
  form.detours.push(...outside.detours);
}

const methodOf = (method: string | undefined) => (method?.toUpperCase() === "POST" ? "POST" : "GET");

/** The form, and what each button makes of it that sends it elsewhere. */
function formsOf({ attributes, fields, captions, detours }: OpenForm): HtmlForm[] {
  const form: HtmlForm = {
    action: attributes.action?.trim() ?? "",
    method: methodOf(attributes.method),
    encoding: attributes.enctype?.toLowerCase() ?? URLENCODED,
    fields: [...fields.values()],
    captions,
  };
  const others = detours.map(({ formaction = "", formmethod, formenctype }) => ({
    ...form,
    action: formaction.trim(),
    method: formmethod === undefined ? form.method : methodOf(formmethod),
    encoding: formenctype?.toLowerCase() ?? form.encoding,
  }));
  return [form, ...others];
}

/** Forms as a browser would send them, in the order of the page. */
export function readForms(html: string): HtmlForm[] {
  const forms: OpenForm[] = [];
  const outside = new Map<string, OpenForm>();
  let form: OpenForm | undefined;
  let select: OpenField | null = null;
  let textarea: OpenField | null = null;
  let button: OpenForm | undefined;
  /** An option whose value is its text. */
  let option: { field: OpenField; isChosen: boolean; text: string } | null = null;

  function ownerOf({ form: id }: Attributes): OpenForm | undefined {
    if (id === undefined) return form;
    const owner = outside.get(id) ?? openForm({});
    outside.set(id, owner);
    return owner;
  }

  function onField(tag: string, attributes: Attributes): void {
    const owner = ownerOf(attributes);
    if (!owner) return;
    addButton(owner, tag, attributes);
    const field = addField(owner, tag, attributes);
    if (tag === "button") button = owner;
    if (tag === "select") select = field;
    if (tag === "textarea") textarea = field;
  }

  function endOption(): void {
    if (!option) return;
    const { field, isChosen, text } = option;
    option = null;
    field.options.push(text.trim());
    if (isChosen) field.value = text.trim();
  }

  function onOption(field: OpenField, { value, selected }: Attributes): void {
    endOption();
    option = { field, isChosen: selected !== undefined, text: "" };
    if (value === undefined) return;
    option = { ...option, text: value };
    endOption();
  }

  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "form") {
        form = openForm(attributes);
        forms.push(form);
      } else if (tag === "input" || tag === "select" || tag === "textarea" || tag === "button")
        onField(tag, attributes);
      else if (tag === "option" && select) onOption(select, attributes);
    },
    ontext(text) {
      button?.captions.push(text);
      if (option) option.text += text;
      if (textarea) textarea.value = (textarea.value ?? "") + text;
    },
    onclosetag(tag) {
      if (tag === "form") form = undefined;
      if (tag === "button") button = undefined;
      if (tag === "option" || tag === "select") endOption();
      if (tag === "select") select = null;
      if (tag === "textarea") textarea = null;
    },
  });
  parser.end(html);
  for (const one of forms) takeIn(one, outside.get(one.attributes.id ?? ""));
  return forms.flatMap(formsOf);
}
