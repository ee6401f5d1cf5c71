import { ROUTES } from "../routes.ts";
import { engineVersion } from "../version.ts";
import { openApiDocument } from "./document.ts";

/** The document of all routes, as openapi.json has it. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(ROUTES, engineVersion()), null, 2)}\n`;
}
