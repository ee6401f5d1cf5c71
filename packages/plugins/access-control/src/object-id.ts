import { kindOf } from "@picket/core";
import { createMarker, randomNumber } from "@picket/plugin-sdk/probe";

/** What in an address chooses the object. */
export interface ObjectId {
  readonly value: string;
  /** Null: a segment of the path. */
  readonly parameter: string | null;
  /** How pages write it that lead there, relative addresses included. */
  readonly needles: readonly string[];
  /** The same address with another id. */
  withId(value: string): string;
}

/** Numbers that choose no object. */
const NO_ID =
  /^(?:p|pg|page|per_?page|limit|offset|start|size|count|sort|order_?by|year|month|day|week|qty|quantity|width|height|w|h|v|ver|version|_|t|ts|zoom|tab|step|rows|from|to)$/i;

/** The last number, UUID or hash in a query that may be an id. */
export function idInQuery(url: string): ObjectId | null {
  const found = [...new URL(url).searchParams].findLast(
    ([name, value]) =>
      !NO_ID.test(name) && ["number", "id"].includes(kindOf(name, value)) && /^\w[\w-]*$/.test(value),
  );
  if (!found) return null;
  const [parameter, value] = found;
  return {
    value,
    parameter,
    needles: [`${parameter}=${value}`],
    withId(other) {
      const changed = new URL(url);
      changed.searchParams.set(parameter, other);
      return changed.href;
    },
  };
}

/** The last variable segment of a route; the segment before it belongs to how it is named. */
export function idInPath(url: string, route: string): ObjectId | null {
  const segments = new URL(url).pathname.split("/");
  const templates = route.split("/");
  const index = templates.findLastIndex((template) => /^\{[a-z]+\}(?:\.\w+)?$/.test(template));
  const value = segments[index];
  if (index < 0 || segments.length !== templates.length || value === undefined) return null;
  const folder = segments[index - 1] ?? "";
  return {
    value,
    parameter: null,
    needles: [folder === "" ? `/${value}` : `${folder}/${value}`],
    withId(other) {
      const changed = new URL(url);
      changed.pathname = segments.with(index, other).join("/");
      return changed.href;
    },
  };
}

/** An id of the same look that nothing has. */
export function idOfNothing(value: string): string {
  if (/^\d+$/.test(value)) return String(randomNumber(700_000_000, 2_000_000_000));
  if (/^[0-9a-f]{8}-/i.test(value)) return crypto.randomUUID();
  if (/^[0-9a-f]{16,64}$/i.test(value)) {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(value.length / 2)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .slice(0, value.length);
  }
  return createMarker();
}
