import { readFile } from "node:fs/promises";
import { AppError, ImportResource } from "@picket/core";
import { openApi } from "../api.ts";
import { printJson, printLine, printTable } from "../output.ts";
import { findTarget } from "./setup.ts";

/** A recording without its answers, which the platform does not read; anything else as it is. */
function withoutAnswers(text: string): string {
  if (!text.trimStart().startsWith("{")) return text;
  try {
    const document = JSON.parse(text);
    const entries: { request: unknown }[] | undefined = document.log?.entries;
    return entries ? JSON.stringify({ log: { entries: entries.map(({ request }) => ({ request })) } }) : text;
  } catch {
    // The platform says what is wrong with it.
    return text;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new AppError("INVALID_INPUT", `cannot read ${file}`, {
      hint: "Give the path of a HAR, OpenAPI or Swagger file.",
      cause: error,
    });
  }
}

/** Sends a file's endpoints to the target with this base URL and says what was taken up and what was not. */
export async function importFile(url: string, file: string, { json }: { json?: true }): Promise<void> {
  const text = withoutAnswers(await readText(file));
  const api = openApi();
  const target = await findTarget(api, url);
  if (!target) {
    throw new AppError("NOT_FOUND", `there is no target ${url}`, { hint: "List them: picket target list" });
  }
  const result = await api.send("POST", `/targets/${target.id}/imports`, ImportResource, { text });
  if (json) return printJson(result);
  printLine(`Imported ${result.endpoints} endpoints for ${target.baseUrl}; the next scan takes them up.`);
  if (result.leftOut.length === 0) return;
  printTable([
    ["LEFT OUT", "REQUESTS", "SUCH AS"],
    ...result.leftOut.map(({ reason, count, example }) => [
      reason.replaceAll("_", " "),
      String(count),
      example,
    ]),
  ]);
}
