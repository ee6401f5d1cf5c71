import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { startPrivateRedis, waitFor } from "@picket/testing";
import { startProxy } from "./support/proxy.ts";
import { seedScan } from "./support/seed.ts";
import { startTestApi } from "./support/test-api.ts";

describe("/readyz", () => {
  it("says which part is missing; a scan starts all the same while Redis is away", async () => {
    const redis = await startPrivateRedis();
    const api = await startTestApi({ REDIS_URL: redis.url });
    await waitFor(async () => (await api.ask("GET", "/readyz")).status === 200);
    await redis.stop();
    const { body } = await waitFor(async () => {
      const answer = await api.ask("GET", "/readyz");
      return answer.status === 503 ? answer : null;
    });
    expect(body).toEqual({
      ready: false,
      database: { ok: true, problem: null },
      queue: { ok: false, problem: "QUEUE_UNAVAILABLE" },
      bodies: { ok: true, problem: null },
    });
    expect((await api.ask("GET", "/healthz")).status).toBe(200);

    const token = await api.tokenOf("operator");
    const { targetId } = await seedScan(api);
    const started = performance.now();
    const scan = await api.ask("POST", "/scans", { token, body: { targetId } });
    expect(scan.status).toBe(202);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect((await api.ask("GET", "/metrics", { token })).body).toContain("picket_scans{");
    await api.stop();
    // ioredis keeps a timer of 2 s for a connection that broke; Jest would complain of it.
    await sleep(2_100);
  });

  it("says so when the database is gone, and what needs it is 503", async () => {
    const proxy = await startProxy();
    const api = await startTestApi({}, (environment) => proxy.forward(environment, "DATABASE_URL"));
    const token = await api.tokenOf("viewer");
    await proxy.stop();
    const { status, body } = await api.ask("GET", "/readyz");
    expect([status, body.database]).toEqual([503, { ok: false, problem: "DATABASE_UNAVAILABLE" }]);
    const refused = await api.ask("GET", "/projects", { token });
    expect([refused.status, refused.body.code]).toEqual([503, "DATABASE_UNAVAILABLE"]);
    expect(JSON.stringify(refused.body)).not.toContain("picket_test_");
    await api.stop();
  });
});

describe("/metrics", () => {
  it("times requests by the route's pattern, and counts jobs and scans", async () => {
    const api = await startTestApi();
    const token = await api.tokenOf("viewer");
    const { scanId } = await seedScan(api);
    await api.ask("GET", `/scans/${scanId}`, { token });
    await api.ask("GET", "/nothing", { token });
    const { status, headers, body } = await api.ask("GET", "/metrics", { token });
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toContain("text/plain");
    expect(body).toContain(
      'picket_http_request_duration_seconds_count{method="GET",route="/scans/:id",status="200"} 1',
    );
    expect(body).toContain('route="other",status="404"');
    expect(body).toContain('picket_scans{status="queued"} 1');
    expect(body).toContain('picket_queue_jobs{queue="scan",state="waiting"} 0');
    expect(body).not.toContain(scanId);
    await api.stop();
  });
});

describe("/docs", () => {
  it("is a page that needs nothing from elsewhere", async () => {
    const api = await startTestApi();
    const page = await api.ask("GET", "/docs");
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(page.body).not.toMatch(/https?:\/\//);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]: string[]) => file ?? "");
    expect(files).toHaveLength(4);
    for (const file of files) {
      const { status, headers } = await api.ask("GET", file);
      expect({ file, status }).toEqual({ file, status: 200 });
      expect(headers.get("Content-Type")).toMatch(/css|javascript|png/);
    }
    const { body } = await api.ask("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.1");
    expect((await api.ask("GET", "/docs/..%2fpackage.json")).status).toBe(404);
    await api.stop();
  });
});
