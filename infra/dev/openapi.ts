import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { generateClient, ROOT } from "../database/index.ts";

// Writes the API's OpenAPI document anew from its routes.
await generateClient();
const cwd = join(ROOT, "apps/api");
const { status } = spawnSync(process.execPath, ["--run", "openapi:write"], { cwd, stdio: "inherit" });
process.exit(status ?? 1);
