import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { MAX_RECHECK_REQUESTS } from "@picket/core";
import { claimFix, mergeFinding, requestRecheck } from "@picket/db";
import { waitFor } from "@picket/testing";
import { createPlatform, type Platform } from "./harness.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await createPlatform();
  await platform.startWorker();
}, 90_000);
afterAll(() => platform.close(), 30_000);

/** An application whose defects a test mends, and that a test blocks or kills. */
interface Shop {
  targetId: string;
  asked: string[];
  handle: { current(request: IncomingMessage, response: ServerResponse): void };
  kill(): Promise<void>;
}

const ENV_FILE = "APP=shop\nDB_PASSWORD=not-a-secret\n";
const PAGES = ["/", "/about", "/terms"];

/** Three pages without HSTS or frame policy, one of them linked with all others, and an environment file. */
function broken({ url = "" }: IncomingMessage, response: ServerResponse): void {
  if (url === "/.env") return void response.setHeader("content-type", "text/plain").end(ENV_FILE);
  if (!PAGES.includes(url)) return void response.writeHead(404).end("no such page");
  response.setHeader("content-type", "text/html");
  response.end(`<!doctype html><title>x</title>${PAGES.map((page) => `<a href="${page}">p</a>`).join("")}`);
}

function mended(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("x-content-type-options", "nosniff");
  if (request.url === "/.env") return void response.writeHead(404).end("no such page");
  broken(request, response);
}

function blocking(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(403).end("blocked");
}

let shop: Shop;
const servers: Server[] = [];
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function startShop(): Promise<Shop> {
  const asked: string[] = [];
  const handle = { current: broken };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    handle.current(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const targetId = await platform.target({ baseUrl: `http://127.0.0.1:${port}/` });
  return {
    targetId,
    asked,
    handle,
    kill: () =>
      new Promise((resolve) => {
        server.close(() => resolve()).closeAllConnections();
      }),
  };
}

const NOSNIFF = "missing-content-type-options";
const ENV = "exposed-env-file";

/** Scans the shop as it is and returns a finding's id. */
async function find(type: string): Promise<string> {
  const scanId = await platform.startScan(shop.targetId);
  expect(await platform.scanEnd(scanId)).toBe("succeeded");
  shop.asked.length = 0;
  return idOf(type);
}

async function idOf(type: string): Promise<string> {
  const [finding] = await platform.rows<{ id: string }>(
    "SELECT id FROM finding WHERE target_id = $1::uuid AND type = $2",
    shop.targetId,
    type,
  );
  if (!finding) throw new Error(`the scan found no ${type}`);
  return finding.id;
}

interface Conclusion {
  verdict: string;
  reason: string | null;
  claimedBy: string | null;
  scanId: string;
}

async function conclusion(recheckId: string): Promise<Conclusion> {
  return waitFor(
    async () => {
      const [done] = await platform.rows<Conclusion>(
        `SELECT verdict, reason, claimed_by AS "claimedBy", scan_id AS "scanId" FROM recheck
         WHERE id = $1::uuid AND finished_at IS NOT NULL`,
        recheckId,
      );
      return done;
    },
    { timeoutMs: 60_000, what: "the recheck's verdict" },
  );
}

const BY = { requestedBy: "token:test", engineVersion: "0.1.0" };

async function recheck(findingId: string): Promise<Conclusion> {
  const { recheckId, scanId } = await requestRecheck(platform.database, { findingId, ...BY });
  await platform.queue.enqueueAdvance(scanId ?? "");
  return conclusion(recheckId);
}

/** As `recheck`, with something that happens after it has asked for its places and before its detector runs. */
async function recheckWhile(findingId: string, happens: () => Promise<unknown>): Promise<Conclusion> {
  const { recheckId, scanId } = await requestRecheck(platform.database, { findingId, ...BY });
  const isReplayed = () =>
    platform.rows(
      "SELECT 1 FROM module_run WHERE scan_id = $1::uuid AND plugin = 'replay' AND finished_at IS NOT NULL",
      scanId,
    );
  await platform.database.transaction(async (sql) => {
    // A run whose row is held cannot be claimed.
    await sql.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    await sql.query("SELECT 1 FROM module_run WHERE scan_id = $1::uuid AND plugin <> 'replay' FOR UPDATE", [
      scanId,
    ]);
    await platform.queue.enqueueAdvance(scanId ?? "");
    await waitFor(async () => (await isReplayed()).length > 0, { timeoutMs: 30_000, what: "the replay" });
    await happens();
  });
  return conclusion(recheckId);
}

interface FindingState {
  status: string;
  lastChange: string | null;
  isNews: boolean;
  claimedBy: string | null;
}

async function state(findingId: string): Promise<FindingState | undefined> {
  const [row] = await platform.rows<FindingState>(
    `SELECT status, last_change AS "lastChange", is_news AS "isNews", fix_claimed_by AS "claimedBy" FROM finding
     WHERE id = $1::uuid`,
    findingId,
  );
  return row;
}

/** Everything stored about the target's other findings, components and endpoints. */
async function others(findingId: string): Promise<unknown> {
  return platform.rows(
    `SELECT to_jsonb(f) AS row FROM finding f WHERE target_id = $1::uuid AND id <> $2::uuid
     UNION ALL SELECT to_jsonb(i) FROM instance i JOIN finding f ON f.id = i.finding_id
       WHERE f.target_id = $1::uuid AND f.id <> $2::uuid
     UNION ALL SELECT to_jsonb(c) FROM tech_component c WHERE target_id = $1::uuid
     UNION ALL SELECT to_jsonb(e) FROM endpoint e WHERE target_id = $1::uuid
     ORDER BY row`,
    shop.targetId,
    findingId,
  );
}

describe.each([
  ["a detector that reads", NOSNIFF],
  ["a detector that asks", ENV],
])("a recheck with %s", (_what, type) => {
  it("is present while the defect is there, touches nothing else and asks little", async () => {
    const findingId = await find(type);
    const before = [await others(findingId), await state(findingId)];
    expect(await recheck(findingId)).toMatchObject({ verdict: "present", reason: null });
    expect([await others(findingId), await state(findingId)]).toEqual(before);
    expect(shop.asked.length).toBeGreaterThan(0);
    expect(shop.asked.length).toBeLessThanOrEqual(MAX_RECHECK_REQUESTS);
  }, 60_000);

  it("is absent once it is mended: fixed; and present again: reopened, with its history", async () => {
    const findingId = await find(type);
    shop.handle.current = mended;
    const absent = await recheck(findingId);
    expect(absent).toMatchObject({ verdict: "absent", reason: null });
    expect(await state(findingId)).toMatchObject({ status: "fixed", lastChange: "fixed", isNews: false });
    shop.handle.current = broken;
    const present = await recheck(findingId);
    expect(present.verdict).toBe("present");
    expect(await state(findingId)).toMatchObject({ status: "open", lastChange: "reopened", isNews: true });
    const changes = await platform.rows(
      `SELECT scan_id AS "scanId", change FROM finding_change
       WHERE finding_id = $1::uuid AND scan_id = ANY ($2::uuid[]) ORDER BY scan_id`,
      findingId,
      [absent.scanId, present.scanId],
    );
    expect(changes).toEqual([
      { scanId: absent.scanId, change: "fixed" },
      { scanId: present.scanId, change: "reopened" },
    ]);
  }, 60_000);

  it.each<[string, () => unknown, string[]]>([
    ["is blocked", () => (shop.handle.current = blocking), ["blocked", "auth_lost"]],
    ["is dead", () => shop.kill(), ["network_error"]],
  ])(
    "is inconclusive when the target %s, and changes nothing",
    async (_how, strike, reasons) => {
      const findingId = await find(type);
      const before = await state(findingId);
      await strike();
      const { verdict, reason } = await recheck(findingId);
      expect(verdict).toBe("inconclusive");
      expect(reasons).toContain(reason);
      expect(await state(findingId)).toEqual(before);
      expect(shop.asked.length).toBeLessThanOrEqual(MAX_RECHECK_REQUESTS);
    },
    60_000,
  );
});

describe("a recheck", () => {
  it.each<[string, Shop["handle"]["current"], string]>([
    ["nothing is there", (_, response) => response.writeHead(404).end("nothing is here"), "control_failed"],
    ["of a maintenance page", (_, response) => response.end("back soon"), "control_failed"],
    ["of a login", (_, response) => response.writeHead(302, { location: "/login" }).end(), "auth_lost"],
    [
      "of a login, save for what it hides",
      ({ url }, response) =>
        url === "/.env"
          ? response.writeHead(404).end()
          : response.writeHead(302, { location: "/login" }).end(),
      "control_failed",
    ],
  ])(
    "is inconclusive when the target answers every URL with word %s",
    async (_what, handle, reason) => {
      const findingId = await find(ENV);
      shop.handle.current = handle;
      expect(await recheck(findingId)).toMatchObject({ verdict: "inconclusive", reason });
      expect(await state(findingId)).toMatchObject({ status: "open" });
    },
    60_000,
  );

  it.each([401, 404])(
    "believes a target whose base URL answers %d by another page that it knows",
    async (status) => {
      const robots = (inner: typeof broken) => (request: IncomingMessage, response: ServerResponse) => {
        if (request.url === "/") return void response.writeHead(status).end("not here");
        if (request.url === "/robots.txt") return void response.end("Allow: /about\n");
        inner(request, response);
      };
      shop.handle.current = robots(broken);
      const findingId = await find(ENV);
      shop.handle.current = robots(mended);
      expect(await recheck(findingId)).toMatchObject({ verdict: "absent", reason: null });
      expect(shop.asked).toContain("GET /about");
    },
    60_000,
  );

  it("does not send a form again, and says so", async () => {
    const findingId = await find(NOSNIFF);
    await platform.rows("UPDATE instance SET method = 'POST' WHERE finding_id = $1::uuid", findingId);
    shop.handle.current = mended;
    expect(await recheck(findingId)).toMatchObject({
      verdict: "inconclusive",
      reason: "method_not_replayed",
    });
    expect(shop.asked.filter((asked) => !/^(GET|HEAD) /.test(asked))).toEqual([]);
  }, 60_000);

  it("has not looked when no place is known", async () => {
    const findingId = await find(NOSNIFF);
    await platform.rows(
      `UPDATE instance SET finding_id = (SELECT id FROM finding WHERE target_id = $1::uuid AND type = $2)
       WHERE finding_id = $3::uuid`,
      shop.targetId,
      ENV,
      findingId,
    );
    shop.handle.current = mended;
    expect(await recheck(findingId)).toMatchObject({
      verdict: "inconclusive",
      reason: "location_not_reached",
    });
  }, 60_000);

  it("of a finding that others were merged into looks for all of them, with every detector", async () => {
    const [into, from] = [await find(ENV), await idOf(NOSNIFF)];
    await platform.database.transaction((sql) =>
      mergeFinding(sql, from, { into, reason: "one cause" }, "token:test"),
    );
    expect(await recheck(into)).toMatchObject({ verdict: "present" });
    shop.handle.current = (request, response) =>
      request.url === "/.env" ? mended(request, response) : broken(request, response);
    expect(await recheck(into)).toMatchObject({ verdict: "present" });
    shop.handle.current = mended;
    expect(await recheck(into)).toMatchObject({ verdict: "absent", reason: null });
    expect(await state(into)).toMatchObject({ status: "fixed" });
    expect(shop.asked.length).toBeLessThanOrEqual(3 * MAX_RECHECK_REQUESTS);
  }, 90_000);

  it("that went on while a scan saw the finding is inconclusive", async () => {
    const findingId = await find(ENV);
    const verdict = await recheckWhile(findingId, async () => {
      const scanId = await platform.startScan(shop.targetId, { plugins: ["exposed-files"] });
      expect(await platform.scanEnd(scanId)).toBe("succeeded");
      shop.handle.current = mended;
    });
    expect(verdict).toMatchObject({ verdict: "inconclusive", reason: "seen_meanwhile" });
    expect(await state(findingId)).toMatchObject({ status: "open", lastChange: "still_present" });
  }, 90_000);

  it("fixes no place that a merge brought while it went on", async () => {
    /** Each of two headers is missing on one page only. */
    const headers = (noSniffOn: string) => (request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== noSniffOn) response.setHeader("x-content-type-options", "nosniff");
      if (request.url !== "/terms") response.setHeader("x-frame-options", "DENY");
      broken(request, response);
    };
    shop.handle.current = headers("/about");
    const [into, from] = [await find(NOSNIFF), await idOf("missing-frame-protection")];
    // So that its own place is the one that was seen last.
    expect(await recheck(into)).toMatchObject({ verdict: "present" });
    shop.handle.current = headers("");
    const verdict = await recheckWhile(into, () =>
      platform.database.transaction((sql) =>
        mergeFinding(sql, from, { into, reason: "one cause" }, "token:test"),
      ),
    );
    expect(verdict).toMatchObject({ verdict: "inconclusive", reason: "too_many_places" });
    expect(await state(into)).toMatchObject({ status: "open" });
    const places = await platform.rows(
      `SELECT url, fixed_at AS "fixedAt" FROM instance WHERE finding_id = $1::uuid ORDER BY url`,
      into,
    );
    expect(places).toEqual([
      { url: expect.stringMatching(/about$/), fixedAt: null },
      { url: expect.stringMatching(/terms$/), fixedAt: null },
    ]);
  }, 90_000);

  it("has not looked at another parameter of a URL that it asked for", async () => {
    const findingId = await find(ENV);
    const verdict = await recheckWhile(findingId, async () => {
      shop.handle.current = mended;
      await platform.rows(
        "UPDATE instance SET parameter_name = 'q', parameter_in = 'query' WHERE finding_id = $1::uuid",
        findingId,
      );
    });
    expect(verdict).toMatchObject({ verdict: "inconclusive", reason: "too_many_places" });
  }, 60_000);

  it.each([
    [NOSNIFF, "too_many_places"],
    // Names that the detector does not know are not asked for at all.
    [ENV, "location_not_reached"],
  ])(
    "of %s at more places than it may ask for is inconclusive: %s",
    async (type, reason) => {
      const findingId = await find(type);
      await platform.rows(
        `INSERT INTO instance (id, finding_id, instance_key, location_key, method, url, route, first_seen_scan_id,
                             last_seen_scan_id)
       SELECT gen_random_uuid(), finding_id, encode(sha256(url::bytea || n::text::bytea), 'hex'), location_key, method,
              url || n, route, first_seen_scan_id, last_seen_scan_id
       FROM (SELECT * FROM instance WHERE finding_id = $1::uuid LIMIT 1) one, generate_series(1, 300) n`,
        findingId,
      );
      shop.handle.current = mended;
      expect(await recheck(findingId)).toMatchObject({ verdict: "inconclusive", reason });
      expect(shop.asked.length).toBeLessThanOrEqual(MAX_RECHECK_REQUESTS);
      expect(await state(findingId)).toMatchObject({ status: "open" });
    },
    60_000,
  );

  it("that was asked for later starts when it is due", async () => {
    const findingId = await find(ENV);
    const at = new Date(Date.now() + 1_000);
    const { recheckId, scanId } = await requestRecheck(platform.database, { findingId, at, ...BY });
    expect(scanId).toBeNull();
    expect(await conclusion(recheckId)).toMatchObject({ verdict: "present" });
  }, 60_000);

  it("of a claimed fix says who claimed it, and opens the finding again when it is still there", async () => {
    const findingId = await find(ENV);
    const { recheckId, scanId } = await claimFix(platform.database, {
      findingId,
      claimedBy: "token:alice",
      engineVersion: "0.1.0",
    });
    expect(await state(findingId)).toMatchObject({ status: "open", claimedBy: "token:alice" });
    await platform.queue.enqueueAdvance(scanId ?? "");
    expect(await conclusion(recheckId)).toMatchObject({ verdict: "present", claimedBy: "token:alice" });
    expect(await state(findingId)).toMatchObject({ status: "open", claimedBy: null });
    const [told] = await platform.rows<{ payload: unknown }>(
      "SELECT payload FROM outbox_event WHERE type = 'recheck.completed' AND payload->>'recheckId' = $1",
      recheckId,
    );
    expect(told?.payload).toMatchObject({ findingId, verdict: "present", claimedBy: "token:alice" });
    const audit = await platform.rows(
      "SELECT action, actor FROM audit_event WHERE params->>'findingId' = $1 ORDER BY seq",
      findingId,
    );
    expect(audit).toEqual([
      { action: "recheck.triggered", actor: "token:alice" },
      { action: "finding.fix_claimed", actor: "token:alice" },
    ]);
  }, 60_000);

  it("does not refute a claim that was made while it went on: the next one does", async () => {
    const findingId = await find(ENV);
    const claim = { findingId, claimedBy: "token:alice", engineVersion: BY.engineVersion };
    let next = "";
    const before = await recheckWhile(findingId, async () => {
      const { recheckId, scanId } = await claimFix(platform.database, claim);
      expect(scanId).toBeNull();
      next = recheckId;
    });
    expect(before).toMatchObject({ verdict: "present", claimedBy: null });
    expect(await state(findingId)).toMatchObject({ claimedBy: "token:alice" });
    expect(await conclusion(next)).toMatchObject({ verdict: "present", claimedBy: "token:alice" });
    expect(await state(findingId)).toMatchObject({ status: "open", claimedBy: null });
  }, 90_000);

  it("is not needed for a claim of what a scan has seen fixed, which is refused with what to do", async () => {
    const findingId = await find(ENV);
    shop.handle.current = mended;
    const scanId = await platform.startScan(shop.targetId);
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await state(findingId)).toMatchObject({ status: "fixed" });
    const claim = { findingId, claimedBy: "token:alice", engineVersion: BY.engineVersion };
    await expect(claimFix(platform.database, claim)).rejects.toMatchObject({
      code: "CONFLICT",
      message: "the finding is fixed already: it was looked at again and is gone",
      hint: "Nothing is left to do. It opens again by itself when it is seen again; recheck it to look now.",
    });
    expect(await state(findingId)).toMatchObject({ status: "fixed", claimedBy: null });
  }, 60_000);
});
