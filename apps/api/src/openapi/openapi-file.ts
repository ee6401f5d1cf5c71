import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@picket/core";
import { openApiText } from "./openapi-text.ts";

const FILE = join(import.meta.dirname, "../../openapi.json");

/** Throws INVALID_CONFIG when openapi.json is not what the routes say. */
export async function checkOpenApiFile(): Promise<void> {
  const present = await readFile(FILE, "utf8").catch(() => "");
  if (present === openApiText()) return;
  throw new AppError("INVALID_CONFIG", "apps/api/openapi.json is not what the routes say", {
    hint: "Write it again and commit it: npm run openapi",
  });
}

export async function writeOpenApiFile(): Promise<void> {
  await writeFile(FILE, openApiText());
}
