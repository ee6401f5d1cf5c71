import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { NewAuthProfile } from "@picket/core";
import { createAuthProfile, createKeyRing } from "@picket/db";
import { redisText } from "@picket/testing";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";

const KEY = "cd".repeat(32);
const PASSWORD = 'pl4nted "pass wörd" +/&';
const TOTP_SEED = "PLANTEDSEEDJBSWY3DPEHPK3PXP";
const COOKIES = Array.from(
  { length: 18 },
  (_, index) => `pl4nt-${index}-${"q7/+=".repeat(3)}-${index * 7_919}`,
);
const SECRETS = [PASSWORD, TOTP_SEED, ...COOKIES];
/** No secret of the profile: it must be found everywhere, or the search could not find anything. */
const CANARY = "canary-that-must-be-seen";

/** Made here anew, so that a form which the platform forgets is found. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    JSON.stringify(secret).slice(1, -1),
  ];
}

const isMember = ({ headers }: IncomingMessage) =>
  COOKIES.every((value, index) => headers.cookie?.includes(`s${index}=${value}`));

/** Lets a password in and then says every secret it knows, in every form, in headers, links and body. */
function startEcho(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === "/login" && request.method === "POST") {
      const set = COOKIES.map((value, index) => `s${index}=${value}; Path=/`);
      return void response.writeHead(303, { location: "/members", "set-cookie": set }).end();
    }
    if (request.url === "/login")
      return void response.end('<form method="post"><input name="password"></form>');
    if (request.url !== "/" && !isMember(request))
      return void response.writeHead(302, { location: "/login" }).end();
    const all = isMember(request) ? SECRETS.flatMap(forms) : [];
    const links = SECRETS.map((secret) => `<a href="/members/x?t=${encodeURIComponent(secret)}">x</a>`);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "x-echo": COOKIES.join(" ") });
    response.end(
      `<p>Hello ana. ${CANARY}</p><a href="/members">m</a>${links.join("")}<pre>${all.join("\n")}</pre>`,
    );
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

let platform: Platform;
let server: Server;
let bodies: string;

beforeAll(async () => {
  [platform, server, bodies] = await Promise.all([
    createPlatform(),
    startEcho(),
    mkdtemp(join(tmpdir(), "picket-secrets-test-")),
  ]);
}, 60_000);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await platform.close();
  await rm(bodies, { recursive: true, force: true });
}, 30_000);

async function databaseText(): Promise<string> {
  const tables = await platform.rows<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'",
  );
  const rows = await Promise.all(
    tables.map(({ name }) => platform.rows<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}

async function bodyText(): Promise<string> {
  const entries = await readdir(bodies, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
}

describe("20 planted secrets", () => {
  it("are nowhere after a scan that saw them in every form: log, IPC, Redis, database, bodies (S6)", async () => {
    const worker = await platform.startWorker({
      SECRET_KEYS: `k1:${KEY}`,
      STORAGE_DIR: bodies,
      PLUGIN_DIRS: join(FIXTURES, "telling"),
      LOG_LEVEL: "debug",
    });
    const { port } = server.address() as AddressInfo;
    const targetId = await platform.target({ baseUrl: `http://127.0.0.1:${port}/` });
    const profile = NewAuthProfile.parse({
      targetId,
      name: "planted",
      recipe: { kind: "form", loginUrl: "/login", username: "ana", totp: { field: "otp" } },
      probe: { url: "/members", contains: "Hello ana." },
      secrets: { password: PASSWORD, totpSeed: TOTP_SEED },
    });
    const ring = createKeyRing([{ id: "k1", key: Buffer.from(KEY, "hex") }]);
    const authProfileId = await createAuthProfile(platform.database.sql, profile, { ring, actor: "test" });
    const scanId = await platform.startScan(targetId, { authProfileId });
    await platform.scanEnd(scanId, 90_000);
    const [scan] = await platform.rows("SELECT authenticated FROM scan WHERE id = $1::uuid", scanId);
    expect(scan).toEqual({ authenticated: true });
    const [told] = await platform.rows(
      "SELECT status, reason FROM module_run WHERE scan_id = $1::uuid AND plugin = 'teller'",
      scanId,
    );
    expect(told).toEqual({ status: "succeeded", reason: null });

    const places = {
      log: await worker.log(),
      redis: await redisText(platform.redisUrl),
      database: await databaseText(),
      bodies: await bodyText(),
    };
    for (const place of ["log", "database", "bodies"] as const)
      expect([place, places[place].includes(CANARY)]).toEqual([place, true]);
    const hits = Object.entries(places).flatMap(([place, text]) =>
      SECRETS.flatMap((secret, index) =>
        forms(secret)
          .filter((form) => text.includes(form))
          .map((form) => `${place}: secret ${index} as ${form}`),
      ),
    );
    expect(hits).toEqual([]);
  }, 150_000);
});
