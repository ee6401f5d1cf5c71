import { DEFAULT_VALUES, kindOf } from "@picket/core";
import { examplePattern } from "./pattern-example.ts";
import type { FormField } from "./read-forms.ts";

const BY_TYPE: Readonly<Record<string, string>> = {
  email: DEFAULT_VALUES.email,
  url: DEFAULT_VALUES.url,
  date: DEFAULT_VALUES.date,
  month: "2026-01",
  week: "2026-W03",
  time: "12:00",
  "datetime-local": "2026-01-15T12:00",
  tel: "+15550100200",
  color: "#336699",
  password: "Picket-7319",
};

/** Names of which people enter something that no kind of value stands for. */
const BY_NAME: readonly [RegExp, string][] = [
  [/phone|mobile|^tel/i, "+15550100200"],
  [/zip|post_?code/i, "10115"],
  [/country/i, "US"],
  [/city|town/i, "Berlin"],
  [/card.?number|^cc/i, "4111111111111111"],
  [/year/i, "2026"],
];

function numberIn({ attributes }: FormField): string {
  const min = Number.parseFloat(attributes.min ?? "");
  const max = Number.parseFloat(attributes.max ?? "");
  if (Number.isFinite(min)) return String(min);
  return String(Number.isFinite(max) ? Math.min(1, max) : 1);
}

function lengthOf(text: string | undefined): number | null {
  const length = Number.parseInt(text ?? "", 10);
  return length >= 0 ? Math.min(length, 1_024) : null;
}

function ofLength(value: string, { attributes }: FormField): string {
  const longest = lengthOf(attributes.maxlength);
  const padded = value.padEnd(lengthOf(attributes.minlength) ?? 0, "a");
  return longest === null ? padded : padded.slice(0, longest);
}

/** A value that the form would accept for this field: what the page fills in, else one by its type, pattern and name. */
export function fittingValue(field: FormField): string {
  const { name, type, value, options, attributes } = field;
  if (value !== null && value !== "") return value;
  const option = options.find((each) => each !== "");
  if (option !== undefined) return option;
  if (type === "hidden" || type === "submit" || type === "image") return "";
  if (type === "number" || type === "range") return numberIn(field);
  const typed = BY_TYPE[type];
  if (typed !== undefined && !["tel", "password"].includes(type)) return attributes.min || typed;
  const patterned = attributes.pattern === undefined ? null : examplePattern(attributes.pattern);
  if (patterned !== null) return patterned;
  const named =
    BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? DEFAULT_VALUES[kindOf(name, undefined)];
  return ofLength(typed ?? named, field);
}
