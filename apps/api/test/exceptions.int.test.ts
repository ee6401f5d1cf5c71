import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let scan: SeededScan;
let findingId: string;
const tokens = { viewer: "", operator: "", approver: "", sameApprover: "", other: "", admin: "" };

beforeAll(async () => {
  api = await startTestApi();
  for (const role of ["viewer", "operator", "admin"] as const) tokens[role] = await api.tokenOf(role);
  tokens.approver = await api.tokenOf("approver", { person: "ada" });
  tokens.sameApprover = await api.tokenOf("approver", { person: "ada" });
  tokens.other = await api.tokenOf("approver");
  scan = await seedScan(api);
});
afterAll(async () => {
  await api.stop();
});
beforeEach(async () => {
  findingId = await seedFinding(api.database.sql, scan);
});

type Who = keyof typeof tokens;

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

function proposal(change: object = {}): Record<string, unknown> {
  const words = { reason: "behind the VPN", owner: "Ada" };
  return { findingId, scope: { kind: "finding" }, ...words, expiresAt: inDays(30), ...change };
}

function propose(change: object = {}, who: Who = "operator") {
  return api.ask("POST", "/exceptions", { token: tokens[who], body: proposal(change) });
}

function act(id: string, verb: string, who: Who = "approver", body?: object) {
  return api.ask("POST", `/exceptions/${id}/${verb}`, { token: tokens[who], ...(body && { body }) });
}

async function approved(change: object = {}): Promise<string> {
  const { body } = await propose(change);
  expect((await act(body.id, "approve")).status).toBe(200);
  return body.id;
}

async function isListed(view: "open" | "excepted" | "news"): Promise<boolean> {
  const path = `/findings?target=${scan.targetId}&view=${view}&limit=200`;
  const { body } = await api.ask("GET", path, { token: tokens.viewer });
  return body.items.some(({ id }: { id: string }) => id === findingId);
}

async function detail() {
  return (await api.ask("GET", `/findings/${findingId}`, { token: tokens.viewer })).body;
}

describe("an exception", () => {
  it("hides its finding from approval to revocation", async () => {
    const { body: proposed, headers } = await propose();
    expect(proposed).toMatchObject({
      status: "proposed",
      findingId,
      findingType: "cookie-without-httponly",
      scope: { kind: "finding", instanceId: null, route: null },
      maxSeverity: "medium",
      isStale: false,
      ticket: null,
      approver: null,
      supersedesId: null,
    });
    expect(headers.get("Location")).toBe(`/exceptions/${proposed.id}`);
    expect([await isListed("open"), await isListed("excepted")]).toEqual([true, false]);

    const { body: active } = await act(proposed.id, "approve");
    expect(active).toMatchObject({ status: "active", approver: expect.stringMatching(/^token:/) });
    expect([await isListed("open"), await isListed("excepted")]).toEqual([false, true]);
    expect(await detail()).toMatchObject({
      isExcepted: true,
      exceptions: [{ id: proposed.id, status: "active", scope: "finding", owner: "Ada" }],
    });

    expect((await act(proposed.id, "revoke")).body.status).toBe("revoked");
    expect([await isListed("open"), await isListed("excepted")]).toEqual([true, false]);
    expect(await detail()).toMatchObject({ isExcepted: false, exceptions: [] });
  });

  it("is over one second after its end in every list, with no worker there", async () => {
    const id = await approved({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    expect(await isListed("open")).toBe(false);
    await sleep(1_600);
    expect([await isListed("open"), await isListed("excepted")]).toEqual([true, false]);
    expect((await api.ask("GET", `/exceptions/${id}`, { token: tokens.viewer })).body.status).toBe("expired");
    expect((await act(id, "revoke")).status).toBe(409);
  });

  it.each(["findingId", "scope", "reason", "owner", "expiresAt"])("is refused without %s", async (field) => {
    const { [field]: _, ...body } = proposal();
    const { status, body: problem } = await api.ask("POST", "/exceptions", { token: tokens.operator, body });
    expect([status, problem.errors[0].pointer]).toEqual([400, `/${field}`]);
  });

  it.each([
    [{ expiresAt: inDays(366) }, "/expiresAt"],
    [{ expiresAt: inDays(-1) }, "/expiresAt"],
    [{ reason: "  " }, "/reason"],
    [{ findingId: "0190a0a0-0000-7000-8000-000000000000" }, "/findingId"],
    [{ scope: { kind: "everything" } }, "/scope/kind"],
    [{ scope: { kind: "instance" } }, "/scope/instanceId"],
    [
      { scope: { kind: "instance", instanceId: "0190a0a0-0000-7000-8000-000000000000" } },
      "/scope/instanceId",
    ],
    [{ scope: { kind: "type_on_route", route: "/nowhere" } }, "/scope/route"],
    [{ scope: { kind: "finding", route: "/" } }, "/scope/route"],
  ])("is refused with %j", async (change, pointer) => {
    const { status, body } = await propose(change);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  it("is extended by a proposal that is reviewed again", async () => {
    const id = await approved();
    const longer = await act(id, "extend", "operator", { expiresAt: inDays(60), reason: "the fix is late" });
    expect([longer.status, longer.body]).toMatchObject([
      201,
      { status: "proposed", supersedesId: id, owner: "Ada" },
    ]);
    const wordless = await act(id, "extend", "operator", { expiresAt: inDays(60) });
    expect([wordless.status, wordless.body.errors[0].pointer]).toEqual([400, "/reason"]);
    expect((await act(longer.body.id, "approve")).body.status).toBe("active");
  });
});

describe("decisions", () => {
  it("are another person's than the one who asked, whichever token that one uses", async () => {
    const { body } = await propose({}, "approver");
    for (const who of ["approver", "sameApprover"] as const) {
      const own = await act(body.id, "approve", who);
      expect([own.status, own.body.code]).toEqual([403, "FORBIDDEN"]);
      expect(own.body.hint).toBe("ada asked; another person with the role approver or admin decides.");
      expect((await act(body.id, "reject", who)).status).toBe(403);
    }
    expect((await act(body.id, "approve", "other")).status).toBe(200);
  });

  it("are the roles' that an admin named for the project", async () => {
    const path = `/projects/${scan.projectId}/exception-approvers`;
    const set = (token: string, roles: string[]) => api.ask("PATCH", path, { token, body: { roles } });
    const { body } = await propose();
    expect((await set(tokens.approver, ["operator"])).status).toBe(403);
    for (const roles of [[], ["viewer"], ["admin", "admin"]])
      expect((await set(tokens.admin, roles)).status).toBe(400);
    const changed = await set(tokens.admin, ["admin"]);
    expect([changed.status, changed.body.exceptionApprovers]).toEqual([200, ["admin"]]);
    const refused = await act(body.id, "approve");
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      expect.stringContaining("decided with the role admin; token:"),
    ]);
    expect((await act(body.id, "approve", "admin")).status).toBe(200);
    await set(tokens.admin, ["approver", "admin"]);
  });

  it.each([
    ["approve", "operator", 403],
    ["reject", "operator", 403],
    ["revoke", "operator", 403],
    ["extend", "viewer", 403],
    ["approve", "viewer", 403],
  ] as const)("to %s as %s give %d", async (verb, who, expected) => {
    const { body } = await propose();
    const asked = await act(
      body.id,
      verb,
      who,
      verb === "extend" ? { expiresAt: inDays(60), reason: "x" } : undefined,
    );
    expect(asked.status).toBe(expected);
  });

  it("are final", async () => {
    const ends = {
      rejected: async () => {
        const { body } = await propose();
        await act(body.id, "reject");
        return body.id;
      },
      revoked: async () => {
        const id = await approved({ scope: { kind: "type_on_route", route: "/" } });
        await act(id, "revoke");
        return id;
      },
    };
    for (const [status, end] of Object.entries(ends)) {
      const id = await end();
      for (const verb of ["approve", "reject", "revoke", "extend"]) {
        const body = verb === "extend" ? { expiresAt: inDays(60), reason: "x" } : undefined;
        expect([status, verb, (await act(id, verb, "approver", body)).status]).toEqual([status, verb, 409]);
      }
    }
  });

  it("are about what is there", async () => {
    expect((await act("0190a0a0-0000-7000-8000-000000000000", "approve")).status).toBe(404);
  });
});
