import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ROUTES } from "../src/routes.ts";
import { type SeededScan, seedEvidence, seedFinding, seedInstance, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let scan: SeededScan;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("admin");
  scan = await seedScan(api);
});

afterAll(async () => {
  await api.stop();
});

async function newest(): Promise<{ seq: number; action: string; actor: string; params: object }> {
  const { body } = await api.ask("GET", "/audit?limit=1", { token });
  return body.items[0];
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

async function proposal() {
  const findingId = await seedFinding(api.database.sql, scan);
  return { findingId, scope: { kind: "finding" }, reason: "known", owner: "Ada", expiresAt: inDays(1) };
}

/** By another token than the one that the commands are called with. */
async function proposed(): Promise<string> {
  const asked = { token: await api.tokenOf("operator"), body: await proposal() };
  return (await api.ask("POST", "/exceptions", asked)).body.id;
}

async function approved(): Promise<string> {
  const id = await proposed();
  await api.ask("POST", `/exceptions/${id}/approve`, { token });
  return id;
}

async function merge(): Promise<[string, string, object]> {
  const [from, into] = [await seedFinding(api.database.sql, scan), await seedFinding(api.database.sql, scan)];
  return ["POST", `/findings/${from}/merge`, { into, reason: "one cause" }];
}

function nightly() {
  return { kind: "scan", targetId: scan.targetId, cron: "0 3 * * *" };
}

async function scheduled(): Promise<string> {
  return (await api.ask("POST", "/schedules", { token, body: nightly() })).body.id;
}

function login(name: string) {
  const recipe = { kind: "header" };
  return { targetId: scan.targetId, name, recipe, probe: { url: "/me" }, secrets: { value: "s3cr3t-value" } };
}

async function authProfile(name: string): Promise<string> {
  return (await api.ask("POST", "/auth-profiles", { token, body: login(name) })).body.id;
}

interface Command {
  /** Of the newest event it leaves behind. */
  action: string;
  /** How many it leaves behind, when it does more than one thing: a recheck starts a scan too. */
  events?: number;
  call: () => Promise<[string, string, object?]>;
}

/** One good call of every operation that is no GET; each gives method, path and body, and what it must leave behind. */
const COMMANDS: Record<string, Command> = {
  createProject: { action: "project.created", call: async () => ["POST", "/projects", { name: "A" }] },
  updateProject: {
    action: "project.updated",
    call: async () => ["PATCH", `/projects/${scan.projectId}`, { description: "B" }],
  },
  setExceptionApprovers: {
    action: "project.updated",
    call: async () => [
      "PATCH",
      `/projects/${scan.projectId}/exception-approvers`,
      { roles: ["admin", "approver"] },
    ],
  },
  createTarget: {
    action: "target.created",
    call: async () => [
      "POST",
      "/targets",
      { projectId: scan.projectId, name: "T", baseUrl: "http://a.example/", environment: "test" },
    ],
  },
  updateTarget: {
    action: "target.updated",
    call: async () => ["PATCH", `/targets/${scan.targetId}`, { team: "Blue" }],
  },
  deleteTarget: {
    action: "target.deleted",
    call: async () => {
      const { body } = await api.ask("GET", `/targets?project=${scan.projectId}&limit=1`, { token });
      return ["DELETE", `/targets/${body.items[0].id}`];
    },
  },
  importEndpoints: {
    action: "endpoints.imported",
    call: async () => {
      const { body } = await api.ask("GET", `/targets/${scan.targetId}`, { token });
      const text = JSON.stringify({ log: { entries: [{ request: { method: "GET", url: body.baseUrl } }] } });
      return ["POST", `/targets/${scan.targetId}/imports`, { text }];
    },
  },
  addScope: {
    action: "scope.added",
    call: async () => [
      "POST",
      "/scope",
      { projectId: scan.projectId, pattern: "a.example", ports: ["80"], addedBy: "Ada", reason: "ours" },
    ],
  },
  removeScope: {
    action: "scope.removed",
    call: async () => {
      const { body } = await api.ask("GET", `/scope?project=${scan.projectId}&limit=1`, { token });
      return ["DELETE", `/scope/${body.items[0].id}?removedBy=Ada&reason=over`];
    },
  },
  startScan: { action: "scan.started", call: async () => ["POST", "/scans", { targetId: scan.targetId }] },
  cancelScan: { action: "scan.cancelled", call: async () => ["POST", `/scans/${scan.scanId}/cancel`] },
  cancelScans: {
    action: "scans.cancelled",
    events: 2,
    call: async () => {
      const { targetId } = await seedScan(api);
      return ["POST", "/scans/cancel", { targetId }];
    },
  },
  proposeException: {
    action: "exception.created",
    call: async () => ["POST", "/exceptions", await proposal()],
  },
  approveException: {
    action: "exception.approved",
    call: async () => ["POST", `/exceptions/${await proposed()}/approve`],
  },
  rejectException: {
    action: "exception.rejected",
    call: async () => ["POST", `/exceptions/${await proposed()}/reject`],
  },
  revokeException: {
    action: "exception.revoked",
    call: async () => ["POST", `/exceptions/${await approved()}/revoke`],
  },
  extendException: {
    action: "exception.extended",
    call: async () => [
      "POST",
      `/exceptions/${await approved()}/extend`,
      { expiresAt: inDays(2), reason: "still known" },
    ],
  },
  recheckFinding: {
    action: "recheck.triggered",
    events: 2,
    call: async () => ["POST", `/findings/${await seedFinding(api.database.sql, scan)}/recheck`, {}],
  },
  claimFix: {
    action: "finding.fix_claimed",
    events: 3,
    call: async () => ["POST", `/findings/${await seedFinding(api.database.sql, scan)}/claim-fix`],
  },
  cancelRecheck: {
    action: "recheck.cancelled",
    call: async () => {
      const path = `/findings/${await seedFinding(api.database.sql, scan)}/recheck`;
      const { body } = await api.ask("POST", path, { token, body: { at: inDays(1) } });
      return ["POST", `/rechecks/${body.id}/cancel`];
    },
  },
  mergeFinding: { action: "finding.merged", call: async () => merge() },
  splitFinding: {
    action: "finding.split",
    call: async () => {
      const findingId = await seedFinding(api.database.sql, scan);
      const evidenceId = await seedEvidence(api.database.sql, scan, "x");
      for (const number of [1, 2])
        await seedInstance(api.database.sql, scan, { findingId, evidenceId, number });
      const { body } = await api.ask("GET", `/findings/${findingId}/instances?limit=1`, { token });
      const split = { instanceIds: [body.items[0].id], reason: "another cause" };
      return ["POST", `/findings/${findingId}/split`, split];
    },
  },
  undoIdentityOverride: {
    action: "finding.merge_undone",
    call: async () => {
      const [method, path, asked] = await merge();
      const { body } = await api.ask(method, path, { token, body: asked });
      return ["DELETE", `/identity-overrides/${body.id}`];
    },
  },
  createSchedule: { action: "schedule.created", call: async () => ["POST", "/schedules", nightly()] },
  updateSchedule: {
    action: "schedule.updated",
    call: async () => ["PATCH", `/schedules/${await scheduled()}`, { enabled: false }],
  },
  removeSchedule: {
    action: "schedule.removed",
    call: async () => ["DELETE", `/schedules/${await scheduled()}`],
  },
  createAuthProfile: {
    action: "auth_profile.created",
    call: async () => ["POST", "/auth-profiles", login("one")],
  },
  updateAuthProfile: {
    action: "auth_profile.updated",
    call: async () => [
      "PATCH",
      `/auth-profiles/${await authProfile("two")}`,
      { secrets: { value: "another-s3cr3t" } },
    ],
  },
  deleteAuthProfile: {
    action: "auth_profile.deleted",
    call: async () => ["DELETE", `/auth-profiles/${await authProfile("three")}`],
  },
  rotateSecretKeys: {
    action: "auth_profile.keys_rotated",
    call: async () => ["POST", "/auth-profiles/rotate-keys"],
  },
  createToken: {
    action: "token.created",
    call: async () => ["POST", "/tokens", { name: "ci", role: "viewer", person: "ada" }],
  },
  revokeToken: {
    action: "token.revoked",
    call: async () => {
      const { body } = await api.ask("GET", "/tokens?limit=1", { token });
      return ["DELETE", `/tokens/${body.items[0].id}`];
    },
  },
};

describe("audit", () => {
  it("has a case here for every operation that changes something", () => {
    const changing = ROUTES.filter(({ method }) => method !== "get").map(({ id }) => id);
    expect(Object.keys(COMMANDS).sort()).toEqual(changing.sort());
  });

  it.each(Object.keys(COMMANDS))(
    "gets its events from %s and no others, in the name of the token",
    async (id) => {
      const command = COMMANDS[id];
      const [method, path, body] = (await command?.call()) ?? [];
      const before = await newest();
      const { status } = await api.ask(method ?? "", path ?? "", { token, ...(body && { body }) });
      expect(status).toBeLessThan(300);
      const after = await newest();
      expect(after).toMatchObject({
        seq: before.seq + (command?.events ?? 1),
        action: command?.action,
        actor: `token:${token.slice(4, 12)}`,
      });
      expect(JSON.stringify(after.params)).not.toMatch(/pkt_|s3cr3t/);
    },
  );

  it("gets nothing from a command that fails", async () => {
    const before = await newest();
    await api.ask("POST", "/projects", { token, body: { name: "A" } });
    await api.ask("DELETE", "/tokens/0190a0a0-0000-7000-8000-000000000000", { token });
    expect((await newest()).seq).toBe(before.seq);
  });

  it("is listed by scan and by action, and proves itself", async () => {
    const { body } = await api.ask("GET", `/audit?scan=${scan.scanId}`, { token });
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
      "scan.cancelled",
      "scan.started",
    ]);
    const created = await api.ask("GET", "/audit?action=token.created", { token });
    expect(created.body.items.length).toBeGreaterThan(0);
    const { body: verification } = await api.ask("GET", "/audit/verify", { token });
    expect(verification).toMatchObject({ broken: null, checked: (await newest()).seq });
  });
});
