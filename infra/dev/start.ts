import pg from "pg";
import { type Platform, startPlatform } from "../platform/platform.ts";
import { runScoped } from "../platform/scope.ts";

const FIRST_TOKEN = "bootstrap";

/** The token is stored only as a hash, so it can be shown when it is made and never again. */
async function firstToken({ ownerUrl, createAdminToken }: Platform): Promise<string> {
  if (process.argv.includes("--new-token")) return createAdminToken(`${FIRST_TOKEN}-${Date.now()}`);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM api_token WHERE name = $1", [FIRST_TOKEN]);
    if (found.rowCount) return "shown at the first start; for another: npm start -- --new-token";
  } finally {
    await client.end();
  }
  return createAdminToken(FIRST_TOKEN);
}

await runScoped(async (scope) => {
  const platform = await startPlatform(scope, console.log);
  const token = await firstToken(platform);
  console.log(`
API          ${platform.apiUrl}
Docs         ${platform.apiUrl}/docs
Queues       ${platform.apiUrl}/queues
Admin token  ${token}
Logs         .data/logs

Ctrl-C stops everything.`);
  await scope.stopped;
  console.log("\nStopping …");
  return 0;
});
