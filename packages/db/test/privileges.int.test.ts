import { beforeAll, describe, expect, it } from "@jest/globals";
import { appendAudit } from "../src/audit/audit-store.ts";
import { assertReady, createDatabase } from "../src/database.ts";
import { useDatabase } from "./use-database.ts";

const { database, owner, ownerUrl } = await useDatabase();

beforeAll(async () => {
  await appendAudit(database.sql, { actor: "cli", action: "scope.added", params: {} });
});

const STATE = "INSERT SELECT UPDATE";
const FACT = "INSERT SELECT";
const PASSING = "DELETE INSERT SELECT UPDATE";

/** What the application may do to each table there is. */
const GRANTS: Record<string, string> = {
  _prisma_migrations: "",
  api_token: STATE,
  attribution: PASSING,
  audit_event: FACT,
  auth_profile: STATE,
  auth_secret: PASSING,
  coverage: FACT,
  cve_candidate: STATE,
  endpoint: STATE,
  evidence: FACT,
  // And UPDATE of the columns that a decision or its end changes.
  exception_record: FACT,
  fetch: FACT,
  finding: STATE,
  finding_change: FACT,
  finding_move: "DELETE INSERT SELECT",
  idempotency_key: PASSING,
  identity_override: STATE,
  instance: STATE,
  module_run: STATE,
  observation: FACT,
  outbox_event: PASSING,
  pace_change: FACT,
  plugin_release: STATE,
  project: STATE,
  recheck: STATE,
  route_template: STATE,
  scan: STATE,
  scan_endpoint: STATE,
  schedule: STATE,
  schedule_run: FACT,
  scope_entry: STATE,
  target: STATE,
  tech_component: STATE,
  worker: PASSING,
};

describe("the application's role", () => {
  it("may do to each table what it was given, and nothing else", async () => {
    const rows = await owner.query<{ name: string; grants: string }>(
      `SELECT c.relname AS name, coalesce(string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type), '') AS grants
       FROM pg_class c
       LEFT JOIN information_schema.role_table_grants g
         ON g.table_schema = 'public' AND g.table_name = c.relname AND g.grantee IN ('picket_app', 'PUBLIC')
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
       GROUP BY c.relname`,
    );
    expect(Object.fromEntries(rows.map(({ name, grants }) => [name, grants]))).toEqual(GRANTS);
  });

  it.each([
    "UPDATE audit_event SET actor = 'x'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "UPDATE evidence SET snippet = ''",
    "UPDATE exception_record SET expires_at = expires_at + interval '1 day'",
    "UPDATE exception_record SET requested_by = 'x'",
    "DELETE FROM finding",
    "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "CREATE TABLE extra (id int)",
    "DROP TABLE scan",
    "SET session_replication_role = replica",
  ])("is refused %s", async (statement) => {
    await expect(database.sql.query(statement)).rejects.toMatchObject({ code: "42501" });
  });

  it("is what every session works as", async () => {
    expect(await database.sql.query("SELECT current_user AS name")).toEqual([{ name: "picket_app" }]);
    await expect(assertReady(database)).resolves.toBeUndefined();
  });

  it("must be the login's own: one that may not take it is told how to get it", async () => {
    const stranger = createDatabase({ url: ownerUrl, applicationName: "test", poolMax: 1 });
    await expect(assertReady(stranger)).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      hint: expect.stringContaining("GRANT picket_app TO"),
    });
    await stranger.close();
  });
});

describe("the owner of the tables", () => {
  it.each(["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"])(
    "is refused %s as well",
    async (statement) => {
      await expect(owner.query(statement)).rejects.toThrow(
        /on audit_event is refused: its rows are append-only/,
      );
      expect(await owner.query("SELECT count(*)::int FROM audit_event")).toEqual([{ count: 1 }]);
    },
  );
});
