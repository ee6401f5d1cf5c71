import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import { waitFor } from "@picket/testing";
import { seedScan, setScanStatus } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("viewer");
});

afterAll(async () => {
  await api.stop();
});

interface Followed {
  response: Response;
  /** All text so far. */
  text(): string;
  names(): string[];
  ended: Promise<void>;
  leave(): void;
}

async function follow(scanId: string, headers: Record<string, string> = {}): Promise<Followed> {
  const controller = new AbortController();
  const response = await fetch(`${api.url}/scans/${scanId}/events`, {
    headers: { Authorization: `Bearer ${token}`, ...headers },
    signal: controller.signal,
  });
  let text = "";
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  return {
    response,
    text: () => text,
    names: () => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name ?? ""),
    ended: read().catch(() => undefined),
    leave: () => controller.abort(),
  };
}

function lastIdIn(text: string): string {
  return [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? "";
}

describe("GET /scans/{id}/events", () => {
  it("tells the state, then every change, then the end", async () => {
    const { scanId, moduleRunId } = await seedScan(api);
    const stream = await follow(scanId);
    expect(stream.response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
    await waitFor(() => stream.names().length === 3);
    expect(stream.names()).toEqual(["scan", "module", "module"]);

    const { sql } = api.database;
    await setScanStatus(sql, scanId, "running");
    await waitFor(() => stream.names().length === 4);
    await sql.query("UPDATE module_run SET counters = '{\"requests\": 7}' WHERE id = $1::uuid", [
      moduleRunId,
    ]);
    await waitFor(() => stream.text().includes('"requests":7'));
    await setScanStatus(sql, scanId, "succeeded");
    await stream.ended;
    expect(stream.names().slice(3)).toEqual(["scan", "module", "scan", "end"]);
    expect(stream.text()).toContain('event: end\ndata: {"status":"succeeded"}');
  });

  it("goes on where a client left off, and is 204 for one that knows the end", async () => {
    const { scanId } = await seedScan(api);
    const first = await follow(scanId);
    await waitFor(() => lastIdIn(first.text()));
    const known = lastIdIn(first.text());
    first.leave();

    const second = await follow(scanId, { "Last-Event-ID": known });
    await sleep(100);
    expect(second.names()).toEqual([]);
    await setScanStatus(api.database.sql, scanId, "running");
    await setScanStatus(api.database.sql, scanId, "succeeded");
    await second.ended;
    expect(second.names()).toEqual(["scan", "end"]);

    const third = await follow(scanId, { "Last-Event-ID": lastIdIn(second.text()) });
    expect(third.response.status).toBe(204);
    const late = await follow(scanId, { "Last-Event-ID": known });
    await late.ended;
    expect(late.names()).toEqual(["scan", "module", "module", "end"]);
  });

  it("is 404 for what is no scan", async () => {
    expect((await api.ask("GET", `/scans/${uuidv7()}/events`, { token })).status).toBe(404);
  });

  it("answers HEAD without a stream", async () => {
    const { scanId } = await seedScan(api);
    expect((await api.ask("HEAD", `/scans/${scanId}/events`, { token })).status).toBe(200);
  });
});
