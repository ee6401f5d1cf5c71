import { describe, expect, it } from "@jest/globals";
import { ROUTES } from "../routes.ts";
import { openApiDocument } from "./document.ts";
import { checkOpenApiFile } from "./openapi-file.ts";

const document = openApiDocument(ROUTES, "0.0.0");

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "$ref" in value && typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
}

function resolve(ref: string): unknown {
  const steps = ref.slice("#/".length).split("/");
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

describe("openApiDocument", () => {
  it("refers only to what it holds", () => {
    const refs = [...new Set(refsIn(document))];
    expect(refs.length).toBeGreaterThan(20);
    expect(refs.filter((ref) => resolve(ref) === undefined)).toEqual([]);
  });

  it("names every operation differently and declares every path parameter", () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, request } of ROUTES) {
      expect({ path, declares: request.params !== undefined }).toEqual({
        path,
        declares: path.includes(":"),
      });
    }
  });

  it("has neither the internal side of a schema nor what zod calls it", () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain("$defs");
    expect(text).not.toContain("__schema");
    expect(document.components.schemas.Scan?.properties?.createdAt).toEqual({
      type: "string",
      format: "date-time",
    });
  });

  it("is what openapi.json says", async () => {
    await expect(checkOpenApiFile()).resolves.toBeUndefined();
  });
});
