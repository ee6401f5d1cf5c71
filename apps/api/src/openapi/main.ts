import { toAppError } from "@picket/core";
import { checkOpenApiFile, writeOpenApiFile } from "./openapi-file.ts";

// `node src/openapi/main.ts write` writes openapi.json; `check` fails when it is not current, and says what to do.
try {
  await (process.argv[2] === "write" ? writeOpenApiFile() : checkOpenApiFile());
} catch (error) {
  const { message, hint } = toAppError(error);
  process.stderr.write(`${message}\n${hint ?? ""}\n`);
  process.exitCode = 1;
}
