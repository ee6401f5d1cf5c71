import pg from "pg";

/** Member of the group role `picket_app`, which the migrations make: what the API and the workers log in as. */
const APP_LOGIN = "picket_service";

/** Makes the application's login, with the owner's password, if it is missing; returns `ownerUrl` with that login. */
export async function createAppLogin(ownerUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [APP_LOGIN]);
    if (found.rowCount === 0) {
      const password = client.escapeLiteral(decodeURIComponent(new URL(ownerUrl).password));
      await client.query(`CREATE ROLE ${APP_LOGIN} LOGIN PASSWORD ${password} IN ROLE picket_app`);
    }
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = APP_LOGIN;
  return url.href;
}
