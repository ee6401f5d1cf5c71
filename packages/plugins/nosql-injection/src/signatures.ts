import type { Signature } from "@picket/plugin-sdk/probe";

function signatures(name: string, ...parts: Signature["parts"][]): Signature[] {
  return parts.map((one) => ({ name, parts: one }));
}

/** What databases and their libraries say of an operator that there is not; they take those that there are. */
export const UNKNOWN_OPERATOR: readonly Signature[] = [
  ...signatures("MongoDB", ["unknown operator: $"], ["unknown top level operator: $"]),
  ...signatures("Mongoose", ["Can't use $", " with "]),
  ...signatures("CouchDB", ["Invalid operator: $"]),
  ...signatures("NeDB", ["Unknown comparison function $"]),
  ...signatures("sift", ["Unsupported operation: $"]),
  ...signatures("mingo", ["unknown query operator", "$"], ["unknown operator '$"], ["unknown operator $"]),
];
