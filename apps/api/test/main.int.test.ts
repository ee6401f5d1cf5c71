import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { freePort, waitFor } from "@picket/testing";
import { seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

// Each server is a process that loads everything: seconds on a busy machine.
jest.setTimeout(90_000);

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

interface Run {
  child: ChildProcess;
  output: { out: string; err: string };
  exit: Promise<number | null>;
}

function run(args: string[], env: Record<string, string>): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (output.out += chunk));
  child.stderr.on("data", (chunk) => (output.err += chunk));
  return { child, output, exit: once(child, "close").then(([code]) => code) };
}

async function startServer(env: Record<string, string> = {}) {
  const port = await freePort();
  const server = run([], { ...api.environment, PORT: String(port), ...env });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 30_000 });
  return { ...server, url };
}

describe("main", () => {
  it("lists all that is wrong with the configuration, and ends with 1", async () => {
    const { exit, output } = run([], { PORT: "x" });
    expect(await exit).toBe(1);
    for (const variable of ["DATABASE_URL", "REDIS_URL", "TOKEN_PEPPER", "PORT", "STORAGE_DIR"]) {
      expect(output.err).toContain(variable);
    }
    expect(output.out).toBe("");
  });

  it("says what to do when the database cannot be used", async () => {
    const { exit, output } = run([], {
      ...api.environment,
      DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
    });
    expect(await exit).toBe(1);
    expect(output.err).toContain("Check DATABASE_URL");
  });

  it("refuses commands and options that it does not know", async () => {
    const command = run(["destroy"], api.environment);
    const option = run(["--force"], api.environment);
    expect([await command.exit, await option.exit]).toEqual([1, 1]);
    expect(command.output.err).toContain("there is no command destroy");
    expect(option.output.err).toContain("--force");
    const help = run(["--help"], {});
    expect(await help.exit).toBe(0);
    expect(help.output.out).toContain("create-token");
  });

  it("create-token prints the token alone, and it works", async () => {
    const args = [
      "create-token",
      "--name",
      "first",
      "--person",
      "Ada",
      "--role",
      "admin",
      "--expires-days",
      "1",
    ];
    const { exit, output } = run(args, api.environment);
    expect(await exit).toBe(0);
    expect(output.out).toMatch(/^pkt_\S+\n$/);
    const { body } = await api.ask("GET", "/tokens?limit=1", { token: output.out.trim() });
    expect(body.items[0]).toMatchObject({ name: "first", role: "admin", person: "ada", createdBy: "cli" });
    expect(Date.parse(body.items[0].expiresAt) - Date.now()).toBeLessThanOrEqual(86_400_000);

    const wrong = run(["create-token", "--role", "king"], api.environment);
    expect(await wrong.exit).toBe(1);
    expect(wrong.output.err).toMatch(/--name: .*\n--role: .*\n--person: /);
  });

  it("ends event streams and then itself on SIGTERM", async () => {
    const server = await startServer();
    const token = await api.tokenOf("viewer");
    const { scanId } = await seedScan(api);
    const stream = await fetch(`${server.url}/scans/${scanId}/events`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    server.child.kill("SIGTERM");
    expect(await stream.text()).toContain("event: scan");
    expect(await server.exit).toBe(0);
    expect(server.output.out).toContain('"message":"stopped"');
    expect(server.output.out + server.output.err).not.toContain(token);
  });

  it("does not wait longer than the grace for a request that does not end, nor after a second signal", async () => {
    for (const [grace, signals] of [
      ["300", 1],
      ["20000", 2],
    ] as const) {
      const server = await startServer({ SHUTDOWN_GRACE_MS: grace });
      const slow = startSlowRequest(server.url, await api.tokenOf("operator"));
      await slow.sent;
      const started = performance.now();
      for (let count = 0; count < signals; count++) {
        server.child.kill("SIGTERM");
        await waitFor(() => server.output.out.includes('"message":"stopping"'));
      }
      expect(await server.exit).toBe(signals === 1 ? 0 : 1);
      expect(performance.now() - started).toBeLessThan(5_000);
      await slow.ended;
    }
  });
});

/** A POST whose body never ends. */
function startSlowRequest(url: string, token: string) {
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"name": "'));
    },
    pull: () => {
      setTimeout(resolve, 200);
      return new Promise<void>(() => undefined);
    },
  });
  const request = fetch(`${url}/projects`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body,
    duplex: "half",
  } as RequestInit);
  return { sent, ended: request.catch(() => undefined) };
}
