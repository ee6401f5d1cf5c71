import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadApiConfig } from "@picket/config";
import { Role } from "@picket/core";
import { silentLogger } from "@picket/logging";
import type { Express } from "express";
import { createApp } from "../src/create-app.ts";
import { createServices } from "../src/create-services.ts";
import type { Route } from "../src/http/route.ts";
import { ROUTES } from "../src/routes.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  api = await startTestApi();
  for (const role of Role.options) tokens.set(role, await api.tokenOf(role));
});

afterAll(async () => {
  await api.stop();
});

function pathOf({ path }: Route): string {
  return path.replace(/:\w+/g, "0190a0a0-0000-7000-8000-000000000000");
}

/** What must come out: 401 without a token, 403 below the route's role, anything else from it on. */
function expectedAccess(route: Route, role: Role | null): 401 | 403 | "passes" {
  if (route.role === "public") return "passes";
  if (role === null) return 401;
  return Role.options.indexOf(role) >= Role.options.indexOf(route.role) ? "passes" : 403;
}

const MATRIX = ROUTES.flatMap((route) =>
  [null, ...Role.options].map((role) => ({
    name: `${route.method.toUpperCase()} ${route.path} as ${role ?? "nobody"}`,
    route,
    role,
    access: expectedAccess(route, role),
  })),
);

describe("access", () => {
  it.each(MATRIX)("$name: $access", async ({ route, role, access }) => {
    const token = role && tokens.get(role);
    const { status, body } = await api.ask(route.method.toUpperCase(), pathOf(route), token ? { token } : {});
    if (access === "passes") expect([401, 403]).not.toContain(status);
    else expect({ status, title: body.title }).toEqual({ status: access, title: expect.any(String) });
  });

  it("needs no token only where nothing of a scan can be seen", () => {
    const open = ROUTES.filter(({ role }) => role === "public").map(({ path }) => path);
    expect(open).toEqual(["/healthz", "/readyz", "/openapi.json", "/docs", "/docs/:asset"]);
  });

  it("leaves tokens, scope and the audit's verification to admins", () => {
    const admins = ROUTES.filter(({ role }) => role === "admin").map(({ id }) => id);
    expect(admins.sort()).toEqual([
      "addScope",
      "createAuthProfile",
      "createToken",
      "deleteAuthProfile",
      "listTokens",
      "removeScope",
      "revokeToken",
      "rotateSecretKeys",
      "setExceptionApprovers",
      "updateAuthProfile",
      "verifyAudit",
    ]);
  });

  it("lets no viewer change anything", () => {
    const changing = ROUTES.filter(({ method }) => method !== "get");
    expect(changing.filter(({ role }) => role === "viewer" || role === "public")).toEqual([]);
  });
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: unknown };
}

/** Express' own table, without what `table` declares. Five plain handlers and Bull Board's router are ours. */
function undeclared(app: Express, table: readonly Route[]) {
  const layers = app.router.stack as unknown as Layer[];
  const known = new Set(table.flatMap(({ method, path }) => [`${method} ${path}`, `_all ${path}`]));
  const routes = layers.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
  );
  return {
    routes: routes.filter((route) => !known.has(route)),
    routers: layers.filter(({ route, handle }) => !route && handle.stack).length,
    handlers: layers.filter(({ route, handle }) => !route && !handle.stack).length,
  };
}

describe("routes", () => {
  it("are all declared, in the table and in openapi.json", async () => {
    const services = createServices(loadApiConfig(api.environment), silentLogger());
    const app = createApp(services, { rateLimitPerMinute: 1, bodyLimitBytes: 1_024 });
    expect(undeclared(app, ROUTES)).toEqual({ routes: [], routers: 1, handlers: 5 });

    app.put("/projects", (_request, response) => void response.end());
    app.get("/secret", (_request, response) => void response.end());
    expect(undeclared(app, ROUTES).routes).toEqual(["put /projects", "get /secret"]);
    await services.close();

    const document = JSON.parse(await readFile(join(import.meta.dirname, "../openapi.json"), "utf8"));
    const documented = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const declared = ROUTES.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(documented.sort()).toEqual(declared.sort());
  });
});
