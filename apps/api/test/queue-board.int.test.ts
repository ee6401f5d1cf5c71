import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let viewer: string;
let admin: string;

beforeAll(async () => {
  api = await startTestApi();
  [viewer, admin] = await Promise.all([api.tokenOf("viewer"), api.tokenOf("admin")]);
});

afterAll(async () => {
  await api.stop();
});

interface BoardRoute {
  method: string | string[];
  route: string;
}

/** Bull Board's own table of routes. */
const { appRoutes } = createRequire(import.meta.url)("@bull-board/api/dist/routes") as {
  appRoutes: { api: BoardRoute[] };
};

const CHANGING = appRoutes.api.flatMap(({ method, route }) =>
  [method]
    .flat()
    .filter((each) => each !== "get")
    .map((each) => ({
      method: each.toUpperCase(),
      path: `/queues${route.replace(":queueName", "scan").replace(/:\w+/g, "1")}`,
    })),
);

function asBrowser(token: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`anyone:${token}`).toString("base64")}` };
}

describe("Bull Board", () => {
  it.each(["/queues", "/queues/api/queues", "/queues/static/favicon-32x32.png"])(
    "asks the browser for a token at %s",
    async (path) => {
      const { status, headers } = await api.ask("GET", path);
      expect(status).toBe(401);
      expect(headers.get("WWW-Authenticate")).toMatch(/^Basic /);
    },
  );

  it("shows itself to a viewer, with nothing from elsewhere allowed", async () => {
    const page = await api.ask("GET", "/queues/", { headers: asBrowser(viewer) });
    expect(page.status).toBe(200);
    expect(page.body).toContain("Picket queues");
    expect(page.headers.get("Content-Security-Policy")).toContain("script-src 'self';");
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.body)?.[1];
    expect((await api.ask("GET", `/queues/${script}`, { headers: asBrowser(viewer) })).status).toBe(200);
    const { body } = await api.ask("GET", "/queues/api/queues", { token: viewer });
    expect(
      body.queues.map(({ name, readOnlyMode }: { name: string; readOnlyMode: boolean }) => [
        name,
        readOnlyMode,
      ]),
    ).toContainEqual(["scan", true]);
  });

  it("has changing routes to refuse", () => {
    expect(CHANGING.length).toBeGreaterThan(15);
  });

  it.each(CHANGING)(
    "refuses $method $path to a viewer, and to nobody even more",
    async ({ method, path }) => {
      expect((await api.ask(method, path, { token: viewer, body: {} })).status).toBe(403);
      expect((await api.ask(method, path, { headers: asBrowser(viewer), body: {} })).status).toBe(403);
      expect((await api.ask(method, path, { body: {} })).status).toBe(401);
    },
  );

  it("lets an admin pause and resume, but not from another site", async () => {
    const from = (origin: string) => ({ ...asBrowser(admin), Origin: origin });
    const pausedNow = async () => {
      const { body } = await api.ask("GET", "/queues/api/queues", { token: admin });
      return body.queues.find(({ name }: { name: string }) => name === "scan").isPaused;
    };
    const path = "/queues/api/queues/scan/pause";
    const foreign = await api.ask("PUT", path, { headers: from("https://evil.example") });
    expect([foreign.status, await pausedNow()]).toEqual([403, false]);
    expect((await api.ask("PUT", path, { headers: from(api.url) })).status).toBe(200);
    expect(await pausedNow()).toBe(true);
    await api.ask("PUT", "/queues/api/queues/scan/resume", { token: admin });
    expect(await pausedNow()).toBe(false);
  });

  it("shows ids and no secrets in a job", async () => {
    const { body } = await api.ask("GET", "/queues/api/queues?activeQueue=scan", { token: admin });
    expect(JSON.stringify(body)).not.toMatch(/pkt_|redis:\/\//);
  });
});
