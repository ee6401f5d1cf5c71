import { type EndpointParameter, hrefOf, jsonLeaves, MAX_EXAMPLE_LENGTH, tryParseWebUrl } from "@picket/core";
import type { Reference } from "./reference.ts";
import { MAX_SHAPES, siteKey } from "./script-bodies.ts";
import type { OpenBody, ScriptReading } from "./script-references.ts";

/** What the scripts and answers of an application say together and none of them alone. */
export interface Application {
  readScript(reading: Omit<ScriptReading, "references" | "left">): void;
  /** A JSON document, as GET of its path gives it. */
  readJson(url: string, document: unknown): void;
  /** Calls as far as they are known by now: below the base of their client, and with the fields of their body. */
  completed(): Reference[];
}

const MAX_FIELDS = 30;
/** Clients of one application; more are names that happen to look like one. */
const MAX_BASES = 3;

/** Made by the server, whatever is sent. */
const SERVER_MADE = /^\/(?:_?id|created_?at|updated_?at|deleted_?at|__v)$/i;

/** What is sent where nothing says it, by what the path is called. */
const USUAL_FIELDS: readonly [RegExp, readonly string[]][] = [
  [/log-?in|sign-?in|authenticate|session\/?$/i, ["email", "username", "password"]],
  [/register|sign-?up/i, ["email", "username", "password", "name"]],
  [/reset|forgot/i, ["email"]],
];

const jsonField = (name: string): EndpointParameter => ({ name: `/${name}`, in: "json" });

/** The fields of the first record of a list, whatever it is wrapped in, or of the record itself. */
function recordFields(document: unknown): EndpointParameter[] {
  const first = firstRecord(document, 3);
  return jsonLeaves(first, MAX_FIELDS)
    .map(
      ([name, value]): EndpointParameter => ({
        name,
        in: "json",
        ...(value.length <= MAX_EXAMPLE_LENGTH && { example: value }),
      }),
    )
    .filter(({ name }) => !SERVER_MADE.test(name));
}

function firstRecord(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return firstRecord(value[0], depth);
  if (typeof value !== "object" || value === null || depth === 0) return value;
  const inner = Object.values(value).find((one) => Array.isArray(one) && typeof one[0] === "object");
  return inner === undefined ? value : firstRecord(inner, depth - 1);
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, "");
}

/** The same place below a client's base; null where it is below it already. */
function below(base: string, reference: Reference): Reference | null {
  const prefix = base.replace(/\/$/, "");
  const url = tryParseWebUrl(prefix + reference.url.path + reference.url.query, hrefOf(reference.url));
  return url === null || reference.url.path.startsWith(`${prefix}/`) ? null : { ...reference, url };
}

export function createApplication(): Application {
  const bases = new Set<string>();
  const floating = new Set<Reference>();
  const open: OpenBody[] = [];
  const calls = new Map<string, (readonly EndpointParameter[])[]>();
  const records = new Map<string, EndpointParameter[]>();

  function fieldsOf({ reference, by }: OpenBody): readonly EndpointParameter[] {
    const shapes = (by && calls.get(siteKey(by))) ?? [];
    const known = records.get(pathOf(hrefOf(reference.url))) ?? [];
    const names = new Set(known.map(({ name }) => name));
    // Of functions of one name those that hand over such a record, where that is known.
    const fitting = shapes.filter((shape) => names.size === 0 || shape.some(({ name }) => names.has(name)));
    const said = fitting.length <= MAX_SHAPES ? fitting.flat() : [];
    const usual = USUAL_FIELDS.find(([pattern]) => pattern.test(reference.url.path))?.[1] ?? [];
    const all = said.length + known.length > 0 ? [...known, ...said] : usual.map(jsonField);
    return [...new Map(all.map((one) => [one.name, one])).values()].slice(0, MAX_FIELDS);
  }

  const withFields = (body: OpenBody): Reference[] => {
    const parameters = fieldsOf(body);
    const { reference } = body;
    return parameters.length === 0
      ? []
      : [{ ...reference, parameters: [...reference.parameters, ...parameters] }];
  };

  return {
    readScript(reading) {
      for (const base of reading.bases) if (bases.size < MAX_BASES) bases.add(base);
      for (const reference of reading.floating) floating.add(reference);
      open.push(...reading.open);
      for (const [key, shapes] of reading.callSites) calls.set(key, [...(calls.get(key) ?? []), ...shapes]);
    },
    readJson(url, document) {
      const fields = recordFields(document);
      if (fields.length > 0) records.set(pathOf(url), fields);
    },
    completed() {
      const [main] = bases;
      const moved = (reference: Reference): Reference[] => {
        if (!floating.has(reference)) return [];
        // A guess is asked for, so that each base may be tried; what is not asked for has the first.
        const all = reference.isGuess ? [...bases] : main === undefined ? [] : [main];
        return all.flatMap((base) => below(base, reference) ?? []);
      };
      const bodies = open.flatMap(({ reference, by }) =>
        [reference, ...moved(reference)].map((one) => ({ reference: one, by })),
      );
      return [...[...floating].flatMap(moved), ...bodies.flatMap(withFields)];
    },
  };
}
