import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { HealthSignal, ModuleRunStatus, ScanStatus } from "@picket/core";
import {
  mergeFinding,
  requestRecheck,
  requestScanCancel,
  type ScanPlan,
  splitFinding,
  undoOverride,
} from "@picket/db";
import { waitFor } from "@picket/testing";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await createPlatform();
  await platform.startWorker({ PLUGIN_DIRS: `${FIXTURES}/changing` });
}, 90_000);
afterAll(() => platform.close(), 30_000);

const WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath"];
const LINKS = WORDS.map((word) => `<a href="/${word}">${word}</a>`).join("");

/** A site that a test changes between scans: text by path, and what every request may meet first. */
interface Site {
  targetId: string;
  url: string;
  pages: Map<string, string>;
  asked: string[];
  /** True when it has answered. */
  before: (path: string, response: ServerResponse) => boolean;
  kill(): void;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** `/` links to eight pages; `amber` is weak in two ways, `birch` and `cedar` share a weakness. */
async function startSite(budget: Record<string, number> = {}): Promise<Site> {
  const site: Site = {
    targetId: "",
    url: "",
    pages: new Map(WORDS.map((word) => [`/${word}`, word])),
    asked: [],
    before: () => false,
    kill: () => server.close().closeAllConnections(),
  };
  site.pages.set("/", LINKS);
  site.pages.set("/amber", "WEAK:one WEAK:two");
  for (const path of ["/birch", "/cedar"]) site.pages.set(path, "WEAK:shared");
  const server = createServer(({ url = "" }, response) => {
    site.asked.push(url);
    if (site.before(url, response)) return;
    const text = site.pages.get(url);
    if (text === undefined) return void response.writeHead(404).end("no such page");
    const nonce = crypto.randomUUID();
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>${nonce}</title>${text}<input name="token" value="${nonce}">`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  site.targetId = await platform.target({ baseUrl: site.url, budget });
  return site;
}

let site: Site;
beforeEach(async () => {
  site = await startSite();
});

interface Said {
  name: string;
  change: string;
  why: string | null;
  status: string;
  news: boolean;
}

interface Scanned {
  scanId: string;
  status: ScanStatus;
  health: HealthSignal[];
  stoppedBy: string | null;
  baselineScanId: string | null;
  /** Of the fixture's findings, by name. */
  said: Record<string, string>;
  rows: Said[];
}

async function resultOf(scanId: string): Promise<Scanned> {
  const status = await platform.scanEnd(scanId);
  const [scan] = await platform.rows<Pick<Scanned, "health" | "stoppedBy" | "baselineScanId">>(
    `SELECT health, stopped_by AS "stoppedBy", baseline_scan_id AS "baselineScanId" FROM scan WHERE id = $1::uuid`,
    scanId,
  );
  if (!scan) throw new Error(`no scan ${scanId}`);
  const rows = await platform.rows<Said>(
    `SELECT f.root_cause_key AS name, c.change::text, coalesce(c.reason, c.cause) AS why, f.status::text,
            f.is_news AS news
     FROM finding_change c JOIN finding f ON f.id = c.finding_id
     WHERE c.scan_id = $1::uuid AND f.type = 'marked-page' ORDER BY name`,
    scanId,
  );
  const said = Object.fromEntries(
    rows.map(({ name, change, why }) => [name, why ? `${change}: ${why}` : change]),
  );
  return { scanId, status, ...scan, said, rows };
}

async function scan(plan: Partial<ScanPlan> = {}): Promise<Scanned> {
  return resultOf(await platform.startScan(site.targetId, plan));
}

function counts(scanId: string): Promise<{ change: string; n: number }[]> {
  return platform.rows(
    `SELECT change::text, count(*)::int AS n FROM finding_change WHERE scan_id = $1::uuid GROUP BY change ORDER BY change`,
    scanId,
  );
}

async function openFindings(): Promise<number> {
  const [row] = await platform.rows<{ n: number }>(
    "SELECT count(*)::int AS n FROM finding WHERE target_id = $1::uuid AND status = 'open'",
    site.targetId,
  );
  return row?.n ?? -1;
}

function statusOf(
  scanId: string,
  plugin: string,
): Promise<{ status: ModuleRunStatus; reason: string | null }[]> {
  return platform.rows(
    "SELECT status, reason FROM module_run WHERE scan_id = $1::uuid AND plugin = $2",
    scanId,
    plugin,
  );
}

const ALL = ["one", "shared", "two"];
const allSaid = (what: string) => Object.fromEntries(ALL.map((name) => [name, what]));

describe("changes of an application", () => {
  it("are none in three scans of one that stays as it is", async () => {
    const first = await scan();
    expect(first.said).toEqual(allSaid("new: new_exposure"));
    expect(first.rows.every(({ news, status }) => news && status === "open")).toBe(true);
    const open = await openFindings();
    for (let round = 0; round < 3; round += 1) {
      const again = await scan();
      expect(await counts(again.scanId)).toEqual([{ change: "still_present", n: open }]);
      expect(again.rows.some(({ news }) => news)).toBe(false);
      expect(again.baselineScanId).not.toBeNull();
    }
  }, 120_000);

  it("are one when one of several is patched, and the same finding reopens", async () => {
    await scan();
    const [before] = await platform.rows<{ id: string }>(
      "SELECT id FROM finding WHERE target_id = $1::uuid AND root_cause_key = 'two'",
      site.targetId,
    );
    const open = await openFindings();
    site.pages.set("/amber", "WEAK:one");
    const patched = await scan();
    expect(patched.said).toEqual({ one: "still_present", shared: "still_present", two: "fixed" });
    expect(await counts(patched.scanId)).toEqual([
      { change: "fixed", n: 1 },
      { change: "still_present", n: open - 1 },
    ]);
    const quiet = await scan();
    expect(quiet.said).toEqual({ one: "still_present", shared: "still_present" });

    site.pages.set("/amber", "WEAK:one WEAK:two");
    const reopened = await scan();
    expect(reopened.said).toEqual({ one: "still_present", shared: "still_present", two: "reopened" });
    const history = await platform.rows<{ change: string }>(
      "SELECT change::text FROM finding_change WHERE finding_id = $1::uuid ORDER BY scan_id",
      before?.id,
    );
    expect(history.map(({ change }) => change)).toEqual(["new", "fixed", "reopened"]);
    expect(reopened.rows.find(({ name }) => name === "two")).toMatchObject({ status: "open", news: true });
  }, 120_000);

  it("leave a finding open while one of its places is left, and remember the others", async () => {
    await scan();
    site.pages.set("/birch", "strong");
    expect((await scan()).said.shared).toBe("still_present");
    const places = await platform.rows<{ route: string; isFixed: boolean }>(
      `SELECT i.route, i.fixed_at IS NOT NULL AS "isFixed" FROM instance i JOIN finding f ON f.id = i.finding_id
       WHERE f.target_id = $1::uuid AND f.root_cause_key = 'shared' ORDER BY i.url`,
      site.targetId,
    );
    expect(places.map(({ isFixed }) => isFixed)).toEqual([true, false]);
    site.pages.set("/cedar", "strong");
    expect((await scan()).said.shared).toBe("fixed");
  }, 120_000);

  it("are none when scans are partial now and then: nothing closes, reopens or is new again", async () => {
    await scan();
    const open = await openFindings();
    for (const plugins of [["crawl", "security-headers"], undefined, ["crawl"], undefined]) {
      const { said, scanId } = await scan(plugins && { plugins });
      expect(said).toEqual(allSaid(plugins ? "not_observed: plugin_not_run" : "still_present"));
      expect((await counts(scanId)).map(({ change }) => change)).not.toContain("fixed");
      expect(await openFindings()).toBe(open);
    }
  }, 120_000);

  it("are seen on a page that nothing links to any more, and that is gone", async () => {
    await scan();
    site.pages.set("/", LINKS.replace('href="/amber"', "").replace('href="/birch"', ""));
    site.pages.delete("/birch");
    site.pages.delete("/cedar");
    expect((await scan()).said).toEqual({ one: "still_present", two: "still_present", shared: "fixed" });
  }, 60_000);
});

/** Requests per second. */
function setBudget(rps: number): Promise<unknown> {
  return platform.rows("UPDATE target SET budget_rps = $2::int WHERE id = $1::uuid", site.targetId, rps);
}

describe("a finding that was not seen", () => {
  beforeEach(async () => {
    expect((await scan()).said).toEqual(allSaid("new: new_exposure"));
  }, 60_000);

  /** Everything is mended, so that only what stands in the way keeps it from being fixed. */
  function mendAll(): void {
    for (const path of ["/amber", "/birch", "/cedar"]) site.pages.set(path, "strong");
  }

  async function fixedCount(scanId: string): Promise<number> {
    return (await counts(scanId)).find(({ change }) => change === "fixed")?.n ?? 0;
  }

  it("is not fixed when its plugin crashed", async () => {
    mendAll();
    site.pages.set("/delta", "ABORT");
    const { said, health } = await scan();
    expect(said).toEqual(allSaid("not_observed: plugin_failed"));
    expect(health.map(({ code }) => code)).toContain("plugin_crashed");
  }, 60_000);

  it("is not fixed when its plugin took too long", async () => {
    mendAll();
    site.pages.set("/delta", "HANG");
    const { said, health } = await scan();
    expect(said).toEqual(allSaid("not_observed: plugin_failed"));
    expect(health.map(({ code }) => code)).toContain("plugin_timed_out");
  }, 60_000);

  it("is not fixed when its plugin was not planned", async () => {
    mendAll();
    const { said } = await scan({ plugins: ["crawl", "security-headers"] });
    expect(said).toEqual(allSaid("not_observed: plugin_not_run"));
  }, 60_000);

  it("is not fixed behind a wall of refusals, which stops the scan", async () => {
    site.before = (_path, response) => {
      response.writeHead(403).end("blocked");
      return true;
    };
    const walled = await scan();
    expect(walled.said).toEqual(allSaid("not_observed: blocked"));
    expect(walled).toMatchObject({ stoppedBy: "waf_blocking", status: "partially_succeeded" });
    expect(walled.health[0]).toMatchObject({ code: "waf_blocking", level: "high" });
    expect(walled.health[0]?.detail).toMatch(/^stopped the scan: \d+ of \d+/);
    const [marks] = await statusOf(walled.scanId, "marks");
    expect(marks).toMatchObject({ status: "skipped", reason: expect.stringContaining("waf_blocking") });
    expect(await fixedCount(walled.scanId)).toBe(0);
  }, 60_000);

  it("is not fixed when a wall goes up in the middle, which ends the runs under way", async () => {
    mendAll();
    const letters = [..."abcdefghijklmnopqrstuvwxyz"];
    const more = letters.flatMap((first) => letters.slice(0, 10).map((second) => `/w${first}${second}`));
    for (const path of more) site.pages.set(path, "strong");
    site.pages.set("/", `${LINKS}${more.map((path) => `<a href="${path}">`).join("")}`);
    // The crawl's 200 requests take twenty seconds at this pace, more than a busy machine needs to see the wall.
    await setBudget(10);
    let answered = 0;
    site.before = (_path, response) => {
      answered += 1;
      if (answered > 5) response.writeHead(403).end("blocked");
      return answered > 5;
    };
    const before = site.asked.length;
    const walled = await scan();
    expect(walled.stoppedBy).toBe("waf_blocking");
    expect(walled.said).toEqual(allSaid("not_observed: blocked"));
    expect(await statusOf(walled.scanId, "crawl")).toEqual([
      { status: "cancelled", reason: "a health signal stopped the scan" },
    ]);
    expect(site.asked.length - before).toBeLessThan(180);
    await setBudget(1_000);
  }, 60_000);

  it("is not fixed when the target answers too many requests", async () => {
    site.before = (_path, response) => {
      response.writeHead(429).end();
      return true;
    };
    const limited = await scan();
    expect(limited.said).toEqual(allSaid("not_observed: rate_limited"));
    expect(limited.stoppedBy).toBe("rate_limited");
  }, 60_000);

  it("is not fixed when the target dies half-way", async () => {
    mendAll();
    let answered = 0;
    site.before = (_path, response) => {
      answered += 1;
      if (answered > 4) response.destroy();
      return answered > 4;
    };
    const { said, scanId, health } = await scan();
    expect(said).toEqual(allSaid("not_observed: network_error"));
    expect(health.map(({ code }) => code)).toContain("requests_failed");
    expect(await fixedCount(scanId)).toBe(0);
  }, 60_000);

  it("is not fixed when the target is not there", async () => {
    site.kill();
    const { scanId, said, status, stoppedBy } = await scan();
    expect(said).toEqual(allSaid("not_observed: network_error"));
    expect({ status, stoppedBy }).toEqual({ status: "failed", stoppedBy: "target_unreachable" });
    const [marks] = await statusOf(scanId, "marks");
    expect(marks).toEqual({ status: "skipped", reason: expect.stringMatching(/^target_unreachable/) });
    const results = await platform.rows(
      `SELECT 1 FROM module_run r
       WHERE r.scan_id = $1::uuid AND r.status = 'skipped' AND (
         EXISTS (SELECT 1 FROM observation WHERE module_run_id = r.id)
         OR EXISTS (SELECT 1 FROM coverage WHERE module_run_id = r.id))`,
      scanId,
    );
    expect(results).toEqual([]);
  }, 60_000);

  it("is not fixed behind a login, and is once the login is passed", async () => {
    mendAll();
    site.before = (path, response) => {
      const isPrivate = path !== "/" && path !== "/login";
      if (isPrivate) response.writeHead(302, { location: `/login?next=${path}` }).end();
      return isPrivate;
    };
    const { said, scanId } = await scan();
    expect(said).toEqual(allSaid("not_observed: auth_lost"));
    expect(await fixedCount(scanId)).toBe(0);
    site.before = () => false;
    expect((await scan()).said).toEqual(allSaid("fixed"));
  }, 60_000);

  it("is not fixed when the whole site asks for a login now, and such a scan is no baseline", async () => {
    const [first] = await platform.rows<{ id: string }>(
      "SELECT id FROM scan WHERE target_id = $1::uuid",
      site.targetId,
    );
    mendAll();
    site.before = (_path, response) => {
      response.writeHead(401).end();
      return true;
    };
    for (let round = 0; round < 2; round += 1) {
      const closed = await scan();
      expect(closed.said).toEqual(allSaid("not_observed: auth_lost"));
      expect(closed).toMatchObject({ stoppedBy: "auth_lost", status: "partially_succeeded" });
      expect(closed.health[0]).toMatchObject({ code: "auth_lost", level: "high" });
      expect(closed.baselineScanId).toBe(first?.id);
    }
  }, 60_000);

  describe("by a plugin that asks", () => {
    const isAsker = ({ req }: ServerResponse) => req.headers.origin !== undefined;
    const echo = (path: string) => (asked: string, response: ServerResponse) => {
      if (path === asked && isAsker(response))
        response.setHeader("access-control-allow-origin", response.req.headers.origin ?? "");
      return false;
    };
    const saidOfCors = (scanId: string) =>
      platform.rows<{ change: string; reason: string | null }>(
        `SELECT c.change::text, c.reason FROM finding_change c JOIN finding f ON f.id = c.finding_id
         WHERE c.scan_id = $1::uuid AND f.type = 'cors-arbitrary-origin'`,
        scanId,
      );

    it("is not fixed by an answer that another plugin got before the login was lost", async () => {
      site.before = echo("/heath");
      expect(await saidOfCors((await scan()).scanId)).toEqual([{ change: "new", reason: null }]);
      site.before = (_path, response) => {
        if (isAsker(response)) response.writeHead(302, { location: "/login" }).end();
        return isAsker(response);
      };
      expect(await saidOfCors((await scan()).scanId)).toEqual([
        { change: "not_observed", reason: "auth_lost" },
      ]);
    }, 60_000);

    it("is not fixed by the benign requests that a firewall lets through beside those with a payload", async () => {
      const trustsNull = { found: "cors-null-origin" };
      site.pages.set("/", `${LINKS}<a href="/api">`);
      const answerNull =
        (answer: (response: ServerResponse) => void) => (path: string, response: ServerResponse) => {
          if (path !== "/api") return false;
          response.setHeader("content-type", "application/json");
          if (response.req.headers.origin === "null") answer(response);
          response.end("{}");
          return true;
        };
      const said = async () => {
        const { scanId, stoppedBy } = await scan();
        expect(stoppedBy).toBeNull();
        return platform.rows(
          `SELECT f.type AS found, c.change::text, c.reason FROM finding_change c JOIN finding f ON f.id = c.finding_id
           WHERE c.scan_id = $1::uuid AND f.type LIKE 'cors-%'`,
          scanId,
        );
      };
      site.before = answerNull((response) => response.setHeader("access-control-allow-origin", "null"));
      expect(await said()).toEqual([{ ...trustsNull, change: "new", reason: null }]);
      site.before = answerNull((response) => response.writeHead(403));
      for (let round = 0; round < 2; round += 1)
        expect(await said()).toEqual([{ ...trustsNull, change: "not_observed", reason: "blocked" }]);
      site.before = answerNull(() => undefined);
      expect(await said()).toEqual([{ ...trustsNull, change: "fixed", reason: null }]);
    }, 90_000);

    it("is not fixed where its cap kept it from asking", async () => {
      site.before = echo("/heath");
      await scan();
      site.before = () => false;
      const capped = await scan({ settings: { cors: { maxRoutes: 1 } } });
      expect(await saidOfCors(capped.scanId)).toEqual([
        { change: "not_observed", reason: "location_not_reached" },
      ]);
      expect(await saidOfCors((await scan()).scanId)).toEqual([{ change: "fixed", reason: null }]);
    }, 60_000);
  });

  it("is not fixed when the page shows an error", async () => {
    site.before = (path, response) => {
      if (path === "/amber") response.writeHead(500).end("broken");
      return path === "/amber";
    };
    const { said } = await scan();
    expect(said).toEqual({
      one: "not_observed: server_error",
      two: "not_observed: server_error",
      shared: "still_present",
    });
  }, 60_000);

  it("is not fixed when its place is out of scope by now", async () => {
    mendAll();
    await platform.rows(
      "UPDATE target SET base_url = $2 WHERE id = $1::uuid",
      site.targetId,
      `${site.url}delta/`,
    );
    site.pages.set("/delta/", "strong");
    const { said, scanId } = await scan();
    expect(said).toEqual(allSaid("not_observed: out_of_scope"));
    expect(await fixedCount(scanId)).toBe(0);
  }, 60_000);

  it("is not fixed when the budget was used up", async () => {
    mendAll();
    await platform.rows("UPDATE target SET budget_max_requests = 3 WHERE id = $1::uuid", site.targetId);
    const { said, health } = await scan();
    expect(said).toEqual(allSaid("not_observed: budget_exhausted"));
    expect(health.map(({ code }) => code)).toContain("budget_exhausted");
  }, 60_000);

  it("is not fixed in a scan that is cancelled, however far it got", async () => {
    mendAll();
    site.pages.set("/delta", "HANG");
    const scanId = await platform.startScan(site.targetId);
    await waitFor(async () => (await statusOf(scanId, "marks"))[0]?.status === "running", {
      timeoutMs: 20_000,
      what: "the fixture's run",
    });
    await requestScanCancel(platform.database, { scanId, actor: "token:test" });
    await platform.queue.enqueueAdvance(scanId);
    const { said, status } = await resultOf(scanId);
    expect(status).toBe("cancelled");
    expect(said).toEqual(allSaid("not_observed: cancelled"));
    expect(await fixedCount(scanId)).toBe(0);
  }, 60_000);
});

describe("a finding that a person made of two types", () => {
  const BY = "token:test";
  const HEADER = "missing-content-type-options";
  let marked: string;
  let header: string;
  let merge: string;

  async function idOf(column: "root_cause_key" | "type", value: string): Promise<string> {
    const [finding] = await platform.rows<{ id: string }>(
      `SELECT id FROM finding WHERE target_id = $1::uuid AND ${column} = $2`,
      site.targetId,
      value,
    );
    return finding?.id ?? "";
  }

  beforeEach(async () => {
    await scan();
    [marked, header] = [await idOf("root_cause_key", "two"), await idOf("type", HEADER)];
    merge = await platform.database.transaction((sql) =>
      mergeFinding(sql, header, { into: marked, reason: "one cause" }, BY),
    );
  }, 60_000);

  function setHeader(): void {
    site.before = (_path, response) => {
      response.setHeader("x-content-type-options", "nosniff");
      return false;
    };
  }

  const unmark = () => site.pages.set("/amber", "WEAK:one");

  /** What a scan says of the findings: its word, then why. */
  async function saidOf(...ids: string[]): Promise<(string | undefined)[]> {
    const { scanId } = await scan();
    const rows = await platform.rows<{ id: string; what: string }>(
      `SELECT finding_id AS id, change || coalesce(': ' || reason, '') AS what FROM finding_change WHERE scan_id = $1::uuid`,
      scanId,
    );
    return ids.map((id) => rows.find((row) => row.id === id)?.what);
  }

  it("is there while either is, and fixed when both are", async () => {
    setHeader();
    expect(await saidOf(marked)).toEqual(["still_present"]);
    unmark();
    expect(await saidOf(marked)).toEqual(["fixed"]);
    site.before = () => false;
    expect(await saidOf(marked)).toEqual(["reopened"]);
  }, 60_000);

  it("is two again when that is undone, each fixed by itself", async () => {
    await platform.database.transaction((sql) => undoOverride(sql, merge, BY));
    setHeader();
    expect(await saidOf(marked, header)).toEqual(["still_present", "fixed"]);
    unmark();
    expect(await saidOf(marked, header)).toEqual(["fixed", undefined]);
  }, 60_000);

  it("is fixed in each part that is split off it, by a scan and by a recheck", async () => {
    const places = await platform.rows<{ id: string; url: string }>(
      "SELECT id, url FROM instance WHERE finding_id = $1::uuid AND url ~ '/(birch|cedar)$' ORDER BY url",
      marked,
    );
    const parts: string[] = [];
    for (const { id } of places) {
      await platform.database.transaction((sql) =>
        splitFinding(sql, marked, { instanceIds: [id], reason: "another team's" }, BY),
      );
      const [place] = await platform.rows<{ part: string }>(
        "SELECT finding_id AS part FROM instance WHERE id = $1::uuid",
        id,
      );
      parts.push(place?.part ?? "");
    }
    const [birch = "", cedar = ""] = parts;
    expect(await saidOf(marked, birch, cedar)).toEqual(["still_present", "still_present", "still_present"]);
    setHeader();
    const by = { requestedBy: BY, engineVersion: "0.1.0" };
    const { recheckId, scanId } = await requestRecheck(platform.database, { findingId: birch, ...by });
    await platform.queue.enqueueAdvance(scanId ?? "");
    await platform.scanEnd(scanId ?? "");
    expect(await platform.rows("SELECT verdict, reason FROM recheck WHERE id = $1::uuid", recheckId)).toEqual(
      [{ verdict: "absent", reason: null }],
    );
    expect(await saidOf(marked, birch, cedar)).toEqual(["still_present", undefined, "fixed"]);
  }, 90_000);
});

it("a site that always asked for a login goes on as it was", async () => {
  site.before = (_path, response) => {
    response.writeHead(401).end();
    return true;
  };
  const first = await scan();
  expect(first).toMatchObject({ status: "succeeded", stoppedBy: null });
  expect(first.health).toContainEqual(expect.objectContaining({ code: "auth_lost", level: "medium" }));
  const again = await scan();
  expect(again).toMatchObject({ status: "succeeded", stoppedBy: null, baselineScanId: first.scanId });
  expect(again.health).toContainEqual(expect.objectContaining({ code: "auth_lost", level: "info" }));
}, 60_000);

describe("a new finding", () => {
  const weaken = () => site.pages.set("/delta", "WEAK:fresh");

  it("is a new exposure when the same detector has looked there before", async () => {
    await scan();
    weaken();
    expect((await scan()).said.fresh).toBe("new: new_exposure");
  }, 60_000);

  it("is due to a new detector that the baseline did not have", async () => {
    await scan({ plugins: ["crawl"] });
    expect((await scan()).said).toEqual(allSaid("new: new_detector"));
  }, 60_000);

  it("is due to a new rule when the detector is set otherwise", async () => {
    await scan();
    weaken();
    const { said } = await scan({ settings: { marks: { note: "stricter" } } });
    expect(said.fresh).toBe("new: new_rule_version");
  }, 60_000);

  it("is due to the scope when that has changed and nobody had looked there", async () => {
    site.pages.set("/delta/", "strong");
    const deeper = `${site.url}delta/`;
    await platform.rows("UPDATE target SET base_url = $2 WHERE id = $1::uuid", site.targetId, deeper);
    await scan();
    await platform.rows(
      `INSERT INTO scope_entry (id, project_id, pattern, ports, added_by, reason)
       SELECT $2::uuid, project_id, '127.0.0.0/8', '{*}', 'test', 'test' FROM target WHERE id = $1::uuid`,
      site.targetId,
      crypto.randomUUID(),
    );
    await platform.rows("UPDATE target SET base_url = $2 WHERE id = $1::uuid", site.targetId, site.url);
    expect((await scan()).said).toEqual(allSaid("new: scope_change"));
  }, 60_000);

  it("is held against the baseline that the caller names", async () => {
    const narrow = await scan({ plugins: ["crawl"] });
    await scan();
    site.pages.set("/delta", "WEAK:fresh");
    const { said, baselineScanId } = await scan({ baselineScanId: narrow.scanId });
    expect(baselineScanId).toBe(narrow.scanId);
    expect(said.fresh).toBe("new: new_detector");
  }, 60_000);
});
