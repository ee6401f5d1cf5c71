import { beforeEach, describe, expect, it } from "@jest/globals";
import { PluginEvent, parseWebUrl, type ScopePolicy, type Stage, uuidv7 } from "@picket/core";
import { type ResultWriter, storeFetches } from "@picket/db";
import { seedAttempt, seedScan, seedTarget } from "@picket/db/testing";
import type { FetchRecord } from "@picket/http";
import { NAMED_EVIDENCE } from "@picket/plugin-sdk/protocol";
import { createIngest, type Ingest } from "../src/ingest/create-ingest.ts";
import { brokerFetch } from "../src/ingest/fetch-rows.ts";
import { createSessionPort } from "../src/scan/session-port.ts";
import { useBodies } from "./use-bodies.ts";
import { useDatabase } from "./use-database.ts";

const BASE = "http://app.test/";
const redaction = { emails: false, cards: true };
const database = await useDatabase();
const { bodies, preparer } = await useBodies();
let writer: ResultWriter;
let ingest: Ingest;

beforeEach(async () => {
  writer = await newWriter();
  ingest = newIngest();
});

async function newWriter(): Promise<ResultWriter> {
  const { targetId } = await seedTarget(database.sql, { baseUrl: BASE });
  const { runIds } = await seedScan(database, targetId, { probe: {} });
  return seedAttempt(database, runIds.probe ?? "");
}

const scope: ScopePolicy = {
  base: parseWebUrl(BASE),
  rules: [{ pattern: "app.test", ports: ["80"] }],
  platform: [],
};

function newIngest(): Ingest {
  return createIngest({
    database,
    bodies,
    preparer,
    redaction,
    storageMode: "sampled",
    writer,
    plugin: "probe",
    scope,
  });
}

const events = (...raw: unknown[]) => raw.map((event) => PluginEvent.parse(event));

const evidence = (ref: string, more: object = {}) => ({
  event: "evidence",
  ref,
  kind: "pattern",
  snippet: "seen",
  location: { part: "response_body" },
  ...more,
});

const finding = (ref: string, more: object = {}) => ({
  event: "finding",
  type: "thing",
  title: "Thing",
  description: "There is one.",
  severity: "low",
  remediation: "Remove it.",
  rootCause: { level: "target" },
  instance: { method: "GET", url: `${BASE}page?token=abcdef123456` },
  evidence: [ref],
  ...more,
});

const endpoint = (url: string) => ({ event: "endpoint", method: "GET", url, source: "link" });

async function counts() {
  const [row] = await database.sql.query(
    `SELECT (SELECT count(*)::int FROM finding WHERE target_id = $1::uuid) AS findings,
            (SELECT count(*)::int FROM evidence WHERE scan_id = $2::uuid) AS evidence,
            (SELECT count(*)::int FROM endpoint WHERE target_id = $1::uuid) AS endpoints,
            (SELECT count(*)::int FROM observation WHERE scan_id = $2::uuid) AS observations,
            (SELECT count(*)::int FROM "fetch" WHERE scan_id = $2::uuid) AS fetches,
            (SELECT count(*)::int FROM tech_component WHERE target_id = $1::uuid) AS components`,
    [writer.targetId, writer.scanId],
  );
  return row;
}

function exchange(more: Partial<FetchRecord> = {}): FetchRecord {
  return {
    id: uuidv7(),
    plugin: "probe",
    method: "GET",
    url: `${BASE}?session=abcdef123456`,
    requestHeaders: [["authorization", "Bearer abcdef0123456789"]],
    startedAt: new Date(),
    elapsedMs: 12.6,
    httpVersion: "1.1",
    status: 200,
    responseHeaders: [
      ["content-type", "Text/HTML; charset=utf-8"],
      ["set-cookie", "sid=0123456789abcdef; HttpOnly"],
    ],
    body: Buffer.from('<p>{"password":"hunter22222"}</p>'),
    truncated: false,
    undecoded: false,
    ...more,
  };
}

async function record(fetch: FetchRecord): Promise<void> {
  const row = await brokerFetch({ bodies, preparer, redaction, storageMode: "sampled" }, fetch);
  await storeFetches(database, writer, [row]);
}

describe("ingest", () => {
  it("takes a batch as often as it comes", async () => {
    const body = Buffer.from("recorded");
    const fetch = { event: "fetch", method: "GET", url: `${BASE}r`, status: 200, responseHeaders: [], body };
    const component = { event: "component", name: "nginx", confidence: 50, evidence: ["a"] };
    const batch = events(evidence("a"), finding("a"), endpoint(`${BASE}x?y=1`), fetch, component);
    for (let time = 0; time < 3; time++) await ingest.store(batch);
    await newIngest().store(batch);
    expect(await counts()).toEqual({
      findings: 1,
      evidence: 1,
      endpoints: 1,
      observations: 1,
      fetches: 1,
      components: 1,
    });
  });

  it("counts endpoints outside the scope with the reason and stores the others", async () => {
    const elsewhere = [
      "http://other.test/",
      "http://app.test:81/",
      "http://app.test/ok",
      "javascript:void(0)",
    ];
    await ingest.store(events(...elsewhere.map(endpoint)));
    expect(await counts()).toMatchObject({ endpoints: 1 });
    expect(ingest.counters()).toEqual({
      events: { endpoint: 4 },
      outOfScope: { other_host: 1, no_scope_entry: 1, not_a_web_url: 1 },
    });
  });

  it("keeps no secret of what a plugin says", async () => {
    const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    await ingest.store(
      events(
        evidence("a", { snippet: `x ${token} y`, details: { password: "hunter22222", note: token } }),
        finding("a", { description: `Found ${token}.`, title: token }),
        finding("a", { description: `Found ${token}.`, title: token, type: "other-thing" }),
      ),
    );
    const stored = await database.sql.query(
      `SELECT e.snippet, e.details, f.title, f.description, i.url FROM evidence e, finding f, instance i
       WHERE e.scan_id = $1::uuid AND f.target_id = $2::uuid AND i.finding_id = f.id`,
      [writer.scanId, writer.targetId],
    );
    expect(JSON.stringify(stored)).not.toMatch(/ghp_|hunter2|abcdef123456/);
    expect(JSON.stringify(stored)).toContain("[redacted:github_token");
  });

  it.each([
    ["an exchange of another scan", () => [evidence("a", { fetchId: uuidv7() })], /no exchange of this scan/],
    ["evidence that was never reported", () => [finding("b")], /evidence b was not reported/],
    [
      "a finding outside the scope",
      () => [evidence("a"), finding("a", { instance: { method: "GET", url: "http://other.test/" } })],
      /out of scope: other_host/,
    ],
    [
      "a CVE of a version that was not reported",
      () => [
        evidence("a"),
        { event: "component", name: "nginx", version: "1", confidence: 9, evidence: ["a"] },
        {
          event: "cve_candidate",
          component: { name: "nginx", version: "2" },
          cveId: "CVE-2026-1234",
          source: "t",
          confidence: 9,
        },
      ],
      /in a version that was not reported/,
    ],
  ])("refuses %s, and with it the whole pack", async (_, bad, message) => {
    const pack = {
      event: "pack",
      events: [endpoint(`${BASE}p`), evidence("first"), finding("first"), ...bad()],
    };
    const refused = ingest.store(events(pack));
    await expect(refused).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION" });
    await expect(refused).rejects.toThrow(message);
    expect(await counts()).toMatchObject({ findings: 0, evidence: 0, endpoints: 0, components: 0 });
  });

  it("stores a proof once by whatever names it comes, and forgets the names that no plugin may use any more", async () => {
    const others = Array.from({ length: NAMED_EVIDENCE }, (_, index) => evidence(`other-${index}`));
    await ingest.store(events(evidence("a"), ...others.slice(1)));
    await ingest.store(events(finding("a"), evidence("again")));
    await expect(ingest.store(events(finding("a")))).rejects.toThrow(/evidence a was not reported/);
    await ingest.store(events(finding("again")));
    expect(await counts()).toMatchObject({ findings: 1, evidence: 1, observations: 1 });
  });

  it("finds its evidence in whatever order a pack lists it, and in a later batch", async () => {
    await ingest.store(events({ event: "pack", events: [finding("a"), evidence("a")] }));
    await ingest.store(events(finding("a", { type: "other-thing" })));
    expect(await counts()).toMatchObject({ findings: 2, evidence: 1, observations: 2 });
  });

  it("takes the evidence of a repeated run for the same, although the exchange is another", async () => {
    const [first, again] = [exchange(), exchange()];
    await record(first);
    await record(again);
    await ingest.store(events(evidence("a", { fetchId: first.id })));
    await newIngest().store(events(evidence("a", { fetchId: again.id })));
    expect(await counts()).toMatchObject({ evidence: 1, fetches: 2 });
  });
});

describe("the record of an exchange", () => {
  it("has its facts and none of its secrets", async () => {
    const made = exchange();
    await record(made);
    const [row] = await database.sql.query<{ body_path: string }>(
      `SELECT * FROM "fetch" WHERE id = $1::uuid`,
      [made.id],
    );
    expect(row).toMatchObject({
      status: 200,
      failure: null,
      storage_mode: "sampled",
      truncated: false,
      response_meta: { contentType: "text/html", elapsedMs: 13, httpVersion: "1.1" },
    });
    const stored = Buffer.from(await bodies.get(row?.body_path ?? "")).toString();
    expect(`${JSON.stringify(row)} ${stored}`).not.toMatch(
      /abcdef0123456789|0123456789abcdef|abcdef123456|hunter2/,
    );
  });

  it("says why there is no response", async () => {
    const { status: _, responseHeaders: __, body: ___, ...rest } = exchange();
    const failed: FetchRecord = { ...rest, failure: "timed_out", failureDetail: "no answer within 5 s" };
    await record(failed);
    const [row] = await database.sql.query(
      `SELECT status, failure, response_meta->>'failureDetail' AS detail, storage_mode, body_path FROM "fetch" WHERE id = $1::uuid`,
      [failed.id],
    );
    expect(row).toEqual({
      status: null,
      failure: "timed_out",
      detail: "no answer within 5 s",
      storage_mode: "none",
      body_path: null,
    });
  });
});

describe("a plugin's session", () => {
  /** As a run of the next stage sees it. */
  const sessionOf = (scanId: string, stage: Stage = "probe") =>
    createSessionPort({ sql: database.sql, bodies, scope, book: { look: () => undefined }, stage }, scanId);
  const session = () => sessionOf(writer.scanId);
  const firstPage = { cursor: null, limit: 2 };

  it("reads a scan's own records page by page, oldest first", async () => {
    const made = [1, 2, 3, 4, 5].map((number) =>
      exchange({ id: uuidv7(number), url: `${BASE}${number}`, method: number > 3 ? "HEAD" : "GET" }),
    );
    for (const each of made) await record(each);
    const one = await session().fetches(firstPage, {});
    const two = await session().fetches({ cursor: one.next, limit: 2 }, {});
    const three = await session().fetches({ cursor: two.next, limit: 2 }, {});
    expect([one, two, three].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(
      made.map(({ id }) => id),
    );
    expect(three.next).toBeNull();
    expect(one.items[0]).toMatchObject({
      method: "GET",
      url: `${BASE}1`,
      contentType: "text/html",
      source: "broker",
      responseHeaders: [
        ["content-type", "Text/HTML; charset=utf-8"],
        ["set-cookie", expect.any(String)],
      ],
    });
    const heads = await session().fetches(
      { cursor: null, limit: 9 },
      { method: "HEAD", contentTypes: ["text/html"] },
    );
    expect(heads.items).toHaveLength(2);
    expect((await sessionOf(writer.scanId, "inspect").fetches(firstPage, {})).items).toEqual([]);
    expect((await session().fetches(firstPage, { contentTypes: ["text/css\u0000"] })).items).toEqual([]);
  });

  it("reads stored bodies of this scan and no other", async () => {
    const made = exchange();
    await record(made);
    expect(Buffer.from(await session().body(made.id)).toString()).toContain("<p>");
    const other = await newWriter();
    const foreign = sessionOf(other.scanId);
    expect(await foreign.body(made.id)).toHaveLength(0);
    expect((await foreign.fetches(firstPage, {})).items).toEqual([]);
  });

  it("keeps no example of what is secret or belongs to one session, and no page out of scope", async () => {
    const values: [name: string, example: string][] = [
      ["q", "tent"],
      ["password", "hunter2"],
      ["csrf_field", "1"],
      ["/user/api_key", "x"],
      ["state", "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"],
      ["note", "Authorization: Bearer abcdef0123456789"],
    ];
    const parameters = values.map(([name, example]) => ({ name, in: "form", example }));
    const form = { event: "endpoint", method: "POST", url: `${BASE}f`, source: "form", parameters };
    await ingest.store(events({ ...form, foundAt: "http://elsewhere.test/" }));
    const [stored] = (await session().endpoints(firstPage)).items;
    expect(stored?.parameters).toEqual(
      values.map(([name, example]) => ({ name, in: "form", ...(name === "q" && { example }) })),
    );
    expect(stored?.foundAt).toBeNull();
  });

  it("learns examples of an endpoint that was known without, and forgets none", async () => {
    const form = (parameter: object) => ({
      ...{ event: "endpoint", method: "POST", url: `${BASE}f`, source: "form" },
      parameters: [{ name: "q", in: "form", ...parameter }],
    });
    for (const parameter of [{}, { example: "tent" }, {}]) await ingest.store(events(form(parameter)));
    const { items } = await session().endpoints(firstPage);
    expect(items.map(({ parameters }) => parameters)).toEqual([[{ name: "q", in: "form", example: "tent" }]]);
  });

  it("reads endpoints and components that the scan saw", async () => {
    await ingest.store(
      events(
        evidence("a"),
        {
          event: "endpoint",
          method: "POST",
          url: `${BASE}p/7`,
          parameters: [{ name: "q", in: "form", example: "tent" }],
          source: "form",
          foundAt: `${BASE}search?token=abcdef123456`,
        },
        { event: "component", name: "nginx", version: "1.2", confidence: 80, evidence: ["a"] },
      ),
    );
    expect((await session().endpoints(firstPage)).items).toEqual([
      {
        id: expect.any(String),
        method: "POST",
        url: `${BASE}p/7`,
        route: "/p/{id}",
        parameters: [{ name: "q", in: "form", example: "tent" }],
        source: "form",
        foundAt: expect.stringMatching(/^http.*search\?token=\[redacted:token/),
      },
    ]);
    expect((await session().components(firstPage)).items).toEqual([
      { id: expect.any(String), name: "nginx", version: "1.2", cpe: null, confidence: 80 },
    ]);
  });

  it("refuses a cursor that no page gave", async () => {
    await expect(session().endpoints({ cursor: "1' OR 1", limit: 2 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
