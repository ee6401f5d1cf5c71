import { AppError } from "@picket/core";

/** The one filter that is given. Throws INVALID_INPUT when it is none or more than one. */
export function exactlyOne<Name extends string>(
  filter: Readonly<Partial<Record<Name, string | undefined>>>,
): { name: Name; value: string } {
  const names = Object.keys(filter) as Name[];
  const [name, ...others] = names.filter((key) => filter[key] !== undefined);
  const value = name && filter[name];
  if (name && value !== undefined && others.length === 0) return { name, value };
  throw new AppError("INVALID_INPUT", "this list needs exactly one of its filters", {
    hint: "Which ones there are is in GET /openapi.json.",
  });
}
