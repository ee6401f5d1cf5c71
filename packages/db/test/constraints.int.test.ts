import { beforeAll, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import type { Connection } from "../src/database.ts";
import { registerReleases } from "../src/plugins/plugin-store.ts";
import { planScan } from "../src/scans/plan-scan.ts";
import { deleteTarget, updateTarget } from "../src/targets/target-store.ts";
import { releaseSeed, seedTarget } from "../src/testing/seed.ts";
import { useDatabase } from "./use-database.ts";

const { database, owner } = await useDatabase();

/** One sound row in every table; each case breaks one of them. */
beforeAll(async () => {
  const { projectId, targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const scanId = await plan(targetId);
  const ids = {
    project: projectId,
    target: targetId,
    scan: scanId,
    finding: uuidv7(),
    instance: uuidv7(),
    component: uuidv7(),
  };
  await seedResults(ids);
});

async function plan(targetId: string): Promise<string> {
  await registerReleases(database.sql, [releaseSeed({ name: "crawl" })]);
  const request = {
    profile: "standard",
    mode: "interactive",
    requestedBy: "cli",
    engineVersion: "0",
  } as const;
  return (await planScan(database, { ...request, targetId })).scanId;
}

async function seedResults(
  ids: Record<"project" | "target" | "scan" | "finding" | "instance" | "component", string>,
) {
  const values = [ids.target, ids.scan, ids.finding, ids.instance, ids.component, ids.project];
  const run = "(SELECT id FROM module_run WHERE scan_id = $2::uuid)";
  const statements = [
    `INSERT INTO "fetch" (id, scan_id, module_run_id, attempt, origin, method, url, request, status, response_meta,
                          storage_mode, body_path, body_hash, redaction_version, truncated, started_at)
     VALUES (gen_random_uuid(), $2::uuid, ${run}, 1, 'broker', 'GET', 'http://app.test/', '{}', 200, '{}', 'full',
             'sha256/aa', repeat('a', 64), 1, false, now())`,
    `INSERT INTO endpoint (id, target_id, method, url, route, params_hash, endpoint_key, source)
     VALUES (gen_random_uuid(), $1::uuid, 'GET', 'http://app.test/', '/', repeat('a', 64), repeat('a', 64), 'crawl')`,
    `INSERT INTO scan_endpoint (scan_id, endpoint_id, module_run_id, source)
     SELECT $2::uuid, id, ${run}, source FROM endpoint`,
    `INSERT INTO evidence (id, scan_id, module_run_id, kind, snippet, location, hash, redaction_version)
     VALUES (gen_random_uuid(), $2::uuid, ${run}, 'observation', 'x', '{}', repeat('a', 64), 1)`,
    `INSERT INTO finding (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description, severity,
                          confidence, confidence_score, confidence_factors, remediation, evidence_ids, source_module,
                          first_seen_scan_id, last_seen_scan_id, updated_at)
     VALUES ($3::uuid, $1::uuid, 'v1:' || repeat('a', 64), 'x', 'target', '', 'x', 'x', 'low', 'high', 90, '{}', 'x',
             ARRAY[gen_random_uuid()], 'crawl', $2::uuid, $2::uuid, now())`,
    `INSERT INTO finding (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description, severity,
                          confidence, confidence_score, confidence_factors, remediation, evidence_ids, source_module,
                          first_seen_scan_id, last_seen_scan_id, updated_at)
     VALUES (gen_random_uuid(), $1::uuid, 'v1:' || repeat('b', 64), 'y', 'target', '', 'y', 'y', 'low', 'high', 90, '{}',
             'y', ARRAY[gen_random_uuid()], 'crawl', $2::uuid, $2::uuid, now())`,
    `INSERT INTO identity_override (id, target_id, kind, dedupe_key, instance_keys, resolves_to, finding_id, into_finding_id,
                                    rule, reason, actor, restore)
     SELECT gen_random_uuid(), target_id, 'merge', dedupe_key, '{}', 'v1:x', id, $3::uuid, 'person', 'x', 'token:a', '{}'
     FROM finding WHERE type = 'y'`,
    `INSERT INTO route_template (target_id, template, learned_scan_id, examples)
     VALUES ($1::uuid, '/p/{slug}', $2::uuid, 10)`,
    `INSERT INTO instance (id, finding_id, instance_key, location_key, method, url, route, first_seen_scan_id,
                           last_seen_scan_id)
     VALUES ($4::uuid, $3::uuid, repeat('a', 64), repeat('b', 64), 'GET', 'http://app.test/', '/', $2::uuid, $2::uuid)`,
    `INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
     VALUES (gen_random_uuid(), $3::uuid, $4::uuid, $2::uuid, ${run}, 'low', 'x', ARRAY[gen_random_uuid()])`,
    `INSERT INTO tech_component (id, target_id, name, confidence, evidence_ids, first_seen_scan_id, last_seen_scan_id)
     VALUES ($5::uuid, $1::uuid, 'nginx', 90, '{}', $2::uuid, $2::uuid)`,
    `INSERT INTO cve_candidate (id, target_id, linked_component_id, cve_id, source, confidence)
     VALUES (gen_random_uuid(), $1::uuid, $5::uuid, 'CVE-2021-1', 'nvd', 50)`,
    `INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, finding_type, max_severity, reason,
                                   owner, requested_by, requester_person, expires_at)
     VALUES (gen_random_uuid(), $6::uuid, $1::uuid, 'finding', 'v1:x', 'x', 'low', 'x', 'Ada', 'token:a', 'ada',
             now() + interval '1 day')`,
    `INSERT INTO finding_change (scan_id, finding_id, change, rules_version) VALUES ($2::uuid, $3::uuid, 'fixed', 1)`,
    `INSERT INTO coverage (module_run_id, location_key, scan_id, method, route, health, exchanges, healthy)
     VALUES (${run}, repeat('b', 64), $2::uuid, 'GET', '/', 'healthy', 1, 1)`,
    `INSERT INTO recheck (id, finding_id, due_at, requested_by) VALUES (gen_random_uuid(), $3::uuid, now(), 'token:a')`,
    "INSERT INTO worker (id, slots) VALUES ('w', 4)",
    `INSERT INTO schedule (id, target_id, kind, profile, settings, cron, time_zone, overlap, blackouts, next_due_at,
                           created_by, updated_at)
     VALUES (gen_random_uuid(), $1::uuid, 'scan', 'standard', '{}', '0 3 * * *', 'UTC', 'forbid', '[]', now(),
             'token:a', now())`,
    `INSERT INTO auth_profile (id, target_id, name, origin, recipe, probe, created_by)
     VALUES (gen_random_uuid(), $1::uuid, 'x', 'http://app.test', '{}', '{}', 'token:a')`,
    `INSERT INTO auth_secret (profile_id, field, key_id, wrapped_key, ciphertext)
     SELECT id, 'value', 'a', decode(repeat('00', 60), 'hex'), decode(repeat('00', 29), 'hex') FROM auth_profile`,
    `INSERT INTO schedule_run (schedule_id, due_at, outcome) SELECT id, now(), 'missed' FROM schedule`,
    `INSERT INTO api_token (id, name, role, person, prefix, token_hash, created_by)
     VALUES (gen_random_uuid(), 'x', 'viewer', 'ada', 'aaaaaaaa', repeat('a', 64), 'cli')`,
    `INSERT INTO pace_change (id, target_id, event, rps, pause_ms) VALUES (gen_random_uuid(), $1::uuid, 'lowered', 5, 0)`,
  ];
  for (const statement of statements) {
    const used = values.map((value, index) => (statement.includes(`$${index + 1}:`) ? value : null));
    await database.sql.query(inline(statement, used));
  }
}

/** Ids in place of parameters: Postgres refuses parameters that a statement does not use. */
function inline(statement: string, values: readonly (string | null)[]): string {
  return statement.replace(/\$(\d)/g, (_, digit) => `'${values[Number(digit) - 1]}'`);
}

/** [table, what cannot be, the constraint that says so]. Applied to the sound row, a queued scan and run among them. */
const CONTRADICTIONS: [table: string, change: string, constraint: string][] = [
  ["finding", "last_change = 'fixed'", "finding_last_change"],
  ["finding", "last_change = 'not_observed', last_change_scan_id = id", "finding_last_change_reason"],
  ["finding", "last_change_reason = 'blocked'", "finding_last_change_reason"],
  ["finding", "last_change = 'new', last_change_scan_id = id, is_news = true", "finding_last_change_cause"],
  ["finding", "is_news = true", "finding_news"],
  ["finding", "last_change = 'reopened', last_change_scan_id = id", "finding_news"],
  ["finding", "last_change = 'still_present', last_change_scan_id = id, is_news = true", "finding_news"],
  ["finding", "fix_claimed_by = 'token:a'", "finding_fix_claim"],
  ["finding_change", "change = 'not_observed'", "finding_change_reason"],
  ["finding_change", "change = 'new'", "finding_change_cause"],
  ["coverage", "exchanges = 0, healthy = 0, health = 'blocked'", "coverage_exchanges"],
  ["coverage", "healthy = 0", "coverage_healthy"],
  ["recheck", "verdict = 'present'", "recheck_verdict_given"],
  ["recheck", "verdict = 'inconclusive', finished_at = now()", "recheck_inconclusive"],
  ["auth_secret", "wrapped_key = ''", "auth_secret_wrapped_key"],
  ["auth_secret", "ciphertext = decode(repeat('00', 28), 'hex')", "auth_secret_ciphertext"],
  ["scan", "auth_profile_version = 1", "scan_auth_profile"],
  ["scan", "authenticated = true", "scan_authenticated"],
  ["scan", "comparison_auth_profile_version = 1", "scan_comparison"],
  [
    "scan",
    "comparison_auth_profile_id = (SELECT id FROM auth_profile), comparison_auth_profile_version = 1",
    "scan_compared",
  ],
  [
    "scan",
    "auth_profile_id = (SELECT id FROM auth_profile), auth_profile_version = 1, status = 'failed', started_at = now(), finished_at = now()",
    "scan_authenticated",
  ],
  [
    "schedule",
    "kind = 'recheck', profile = NULL, finding_id = (SELECT id FROM finding LIMIT 1), auth_profile_id = (SELECT id FROM auth_profile)",
    "schedule_auth_profile",
  ],
  ["schedule", "profile = NULL", "schedule_what"],
  ["schedule", "enabled = false", "schedule_next_due"],
  ["schedule_run", "outcome = 'started'", "schedule_run_scan"],
  ["schedule_run", "outcome = 'failed'", "schedule_run_reason"],
  ["pace_change", "rps = 0", "pace_change_figures"],
  ["pace_change", "pause_ms = -1", "pace_change_figures"],
  ["target", "budget_rps = 0", "target_budget_rps"],
  ["target", "budget_rps = 'NaN'", "target_budget_rps"],
  ["target", "budget_rps = 'Infinity'", "target_budget_rps"],
  ["target", "budget_concurrency = 0", "target_budget_concurrency"],
  ["target", "budget_max_runtime_seconds = 0", "target_budget_max_runtime"],
  ["target", "budget_max_requests = 0", "target_budget_max_requests"],
  ["target", `request_mark = '{"name": "X Y", "value": "a"}'`, "target_request_mark"],
  ["target", `request_mark = '{"name": "x-scan"}'`, "target_request_mark"],
  ["scope_entry", "ports = '{}'", "scope_entry_ports"],
  ["scope_entry", "reason = ' '", "scope_entry_reason"],
  ["scope_entry", "removed_at = now()", "scope_entry_removed"],
  ["scope_entry", "removed_by = 'Ada'", "scope_entry_removed"],
  ["scan", "started_at = now()", "scan_started"],
  ["scan", "status = 'running'", "scan_started"],
  ["scan", "status = 'succeeded', started_at = now()", "scan_finished"],
  ["scan", "finished_at = now()", "scan_finished"],
  ["scan", "status = 'running', started_at = now(), finished_at = now()", "scan_finished"],
  ["scan", "cancel_requested_at = now()", "scan_cancel_request"],
  ["scan", "status = 'cancelled', finished_at = now()", "scan_cancelled"],
  ["scan", "baseline_scan_id = id", "scan_baseline"],
  ["scan", "config_hash = repeat('g', 64)", "scan_hash"],
  ["scan", "profile_capabilities = '{root}'", "scan_capabilities"],
  ["worker", "slots = 0", "worker_slots"],
  [
    "module_run",
    "status = 'skipped', finished_at = now(), reason = 'x', admitted_at = now()",
    "module_run_admitted",
  ],
  ["module_run", "finished_at = now()", "module_run_finished"],
  ["module_run", "status = 'succeeded', exit_reason = 'completed'", "module_run_finished"],
  ["module_run", "lease_until = now()", "module_run_lease"],
  ["module_run", "status = 'running', attempt = 1, worker_id = 'w', started_at = now()", "module_run_lease"],
  ["module_run", "status = 'running', lease_until = now()", "module_run_running"],
  ["module_run", "status = 'skipped', finished_at = now(), reason = 'x', attempt = 1", "module_run_skipped"],
  ["module_run", "status = 'skipped', finished_at = now()", "module_run_reason"],
  ["module_run", "status = 'failed', finished_at = now(), exit_reason = 'crashed'", "module_run_reason"],
  ["module_run", "status = 'succeeded', finished_at = now()", "module_run_exit_reason"],
  [
    "module_run",
    "status = 'succeeded', finished_at = now(), exit_reason = 'crashed'",
    "module_run_exit_reason",
  ],
  [
    "module_run",
    "status = 'failed', finished_at = now(), reason = 'x', exit_reason = 'completed'",
    "module_run_exit_reason",
  ],
  ["module_run", "status = 'failed', finished_at = now(), reason = 'x'", "module_run_exit_reason"],
  [
    "module_run",
    "status = 'timed_out', finished_at = now(), reason = 'x', exit_reason = 'failed'",
    "module_run_exit_reason",
  ],
  ["module_run", "exit_reason = 'completed'", "module_run_exit_reason"],
  ['"fetch"', "status = NULL", "fetch_outcome"],
  ['"fetch"', "failure = 'timed_out'", "fetch_outcome"],
  ['"fetch"', "body_hash = NULL", "fetch_body"],
  ['"fetch"', "body_path = NULL", "fetch_body"],
  ['"fetch"', "storage_mode = 'none'", "fetch_storage_mode"],
  ['"fetch"', "truncated = true", "fetch_truncated"],
  ["evidence", "control_held = true", "evidence_control"],
  ["evidence", "kind = 'negative_control'", "evidence_control"],
  ["evidence", "hash = repeat('G', 64)", "evidence_hash"],
  ["evidence", "hash = repeat('a', 63)", "evidence_hash"],
  ["finding", "dedupe_key = 'x'", "finding_dedupe_key"],
  ["finding", "dedupe_key = 'v1:' || repeat('G', 64)", "finding_dedupe_key"],
  ["finding", "dedupe_key = 'v1:' || repeat('a', 63)", "finding_dedupe_key"],
  ["finding", "dedupe_key = 'v1:' || repeat('a', 65)", "finding_dedupe_key"],
  ["finding", "status = 'fixed'", "finding_fixed"],
  ["finding", "fixed_at = now()", "finding_fixed"],
  ["finding", "status = 'soft_deleted'", "finding_deleted"],
  ["finding", "deleted_at = now()", "finding_deleted"],
  ["finding", "evidence_ids = '{}'", "finding_evidence"],
  ["finding", "confidence_score = 101", "finding_confidence_score"],
  ["finding", "confidence_score = 84", "finding_confidence"],
  ["finding", "confidence = 'low'", "finding_confidence"],
  ["finding", "merged_into_id = first_seen_scan_id", "finding_merged"],
  ["finding", "verified = true", "finding_verified"],
  [
    "finding",
    "verified = true, confidence = 'low', confidence_score = 1, confidence_factors = '{\"control\": \"held\"}'",
    "finding_verified",
  ],
  ["route_template", "examples = 0", "route_template_examples"],
  ["route_template", "rejected_at = now()", "route_template_rejected"],
  ["identity_override", "resolves_to = dedupe_key", "identity_override_keys"],
  ["identity_override", "into_finding_id = finding_id", "identity_override_keys"],
  ["identity_override", "kind = 'split'", "identity_override_places"],
  ["identity_override", "instance_keys = '{a}'", "identity_override_places"],
  ["identity_override", "reason = ' '", "identity_override_words"],
  ["identity_override", "rule = ''", "identity_override_words"],
  ["identity_override", "undone_at = now()", "identity_override_undone"],
  ["instance", "parameter_name = 'q'", "instance_parameter"],
  ["observation", "evidence_ids = '{}'", "observation_evidence"],
  ["tech_component", "confidence = 101", "tech_component_confidence"],
  ["cve_candidate", "confidence = -1", "cve_candidate_confidence"],
  ["exception_record", "expires_at = created_at", "exception_expiry"],
  ["exception_record", "expires_at = created_at + interval '366 days'", "exception_term"],
  ["exception_record", "supersedes_id = id", "exception_supersedes"],
  ["exception_record", "scope = 'instance'", "exception_instance"],
  ["exception_record", "instance_key = repeat('a', 64)", "exception_instance"],
  ["exception_record", "scope = 'type_on_route'", "exception_route"],
  ["exception_record", "route = '/'", "exception_route"],
  ["exception_record", "reason = ' '", "exception_words"],
  ["exception_record", "owner = ''", "exception_words"],
  ["exception_record", "status = 'approved'", "exception_decided"],
  ["exception_record", "approver = 'token:b', approver_person = 'ben'", "exception_decided"],
  ["exception_record", "status = 'revoked'", "exception_decided"],
  [
    "exception_record",
    "status = 'expired', approver = 'token:b', approver_person = 'ben'",
    "exception_decided",
  ],
  [
    "exception_record",
    "status = 'active', approver = 'token:b', approver_person = 'ben', decided_at = now()",
    "exception_status_stored",
  ],
  [
    "exception_record",
    "status = 'approved', approver = requested_by, approver_person = 'ben', decided_at = now()",
    "exception_four_eyes",
  ],
  [
    "exception_record",
    "status = 'approved', approver = 'token:b', approver_person = requester_person, decided_at = now()",
    "exception_four_eyes_person",
  ],
  [
    "exception_record",
    "status = 'approved', approver = 'token:b', decided_at = now()",
    "exception_approver_person",
  ],
  ["project", "exception_approvers = '{}'", "project_exception_approvers"],
  ["project", "exception_approvers = NULL", "project_exception_approvers"],
  ["project", "exception_approvers = '{viewer,admin}'", "project_exception_approvers"],
  ["project", "exception_approvers = '{admin,NULL}'", "project_exception_approvers"],
  ["api_token", "person = ' '", "api_token_person"],
];

/** The same rows in states that can be: what is refused above is refused for its contradiction only. */
const SOUND: [table: string, change: string][] = [
  ["finding", "last_change = 'reopened', last_change_scan_id = id, is_news = true"],
  [
    "finding",
    "last_change = 'not_observed', last_change_scan_id = id, last_change_reason = 'blocked', is_news = true",
  ],
  ["finding_change", "change = 'not_observed', reason = 'blocked'"],
  ["recheck", "verdict = 'inconclusive', reason = 'blocked', finished_at = now()"],
  [
    "scan",
    "auth_profile_id = (SELECT id FROM auth_profile), auth_profile_version = 1, status = 'failed', started_at = now(), finished_at = now(), authenticated = false",
  ],
  ["schedule", "auth_profile_id = (SELECT id FROM auth_profile)"],
  ["schedule", "enabled = false, next_due_at = NULL"],
  ["scope_entry", "removed_at = now(), removed_by = 'Ada'"],
  ["scan", "status = 'running', started_at = now()"],
  ["scan", "status = 'failed', started_at = now(), finished_at = now()"],
  [
    "scan",
    "status = 'cancelled', finished_at = now(), cancel_requested_at = now(), cancel_requested_by = 'cli'",
  ],
  ["module_run", "status = 'running', attempt = 1, worker_id = 'w', started_at = now(), lease_until = now()"],
  ["module_run", "status = 'skipped', finished_at = now(), reason = 'not granted'"],
  ["module_run", "status = 'failed', finished_at = now(), reason = 'x', exit_reason = 'out_of_memory'"],
  ["module_run", "status = 'cancelled', finished_at = now(), reason = 'before it started'"],
  [
    '"fetch"',
    "status = NULL, failure = 'timed_out', body_path = NULL, body_hash = NULL, storage_mode = 'none'",
  ],
  ['"fetch"', "truncated = true, storage_reason = 'sampled'"],
  ["evidence", "kind = 'negative_control', control_held = false"],
  ["finding", "status = 'fixed', fixed_at = now()"],
  ["finding", "confidence_score = 84, confidence = 'medium'"],
  ["finding", `verified = true, confidence_factors = '{"control": "held"}'`],
  ["identity_override", "kind = 'split', instance_keys = '{a}'"],
  ["identity_override", "undone_at = now(), undone_by = 'token:b'"],
  ["instance", "parameter_name = 'q', parameter_in = 'query'"],
  [
    "exception_record",
    "status = 'approved', approver = 'token:b', approver_person = 'ben', decided_at = now()",
  ],
  [
    "exception_record",
    "status = 'revoked', approver = 'token:b', approver_person = 'ben', decided_at = now()",
  ],
  ["exception_record", "status = 'expired'"],
];

describe("states that contradict each other", () => {
  it.each(CONTRADICTIONS)("in %s, such as %s, are refused by %s", async (table, change, constraint) => {
    await expect(owner.query(`UPDATE ${table} SET ${change}`)).rejects.toMatchObject({
      code: "23514",
      constraint,
    });
  });

  it("are refused by every check there is", async () => {
    const rows = await owner.query<{ conname: string }>(
      "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
    );
    const tested = new Set(CONTRADICTIONS.map(([, , constraint]) => constraint));
    expect(rows.map(({ conname }) => conname).filter((name) => !tested.has(name))).toEqual([]);
  });

  it.each(SOUND)("are told from sound ones: in %s, %s", async (table, change) => {
    await owner.query("BEGIN");
    const changed = await owner.query(`UPDATE ${table} SET ${change} RETURNING 1`);
    await owner.query("ROLLBACK");
    expect(changed.length).toBeGreaterThan(0);
  });
});

describe("what a module run wrote", () => {
  it.each(["scan_endpoint", "fetch", "evidence", "observation", "coverage"])(
    "in %s belongs to the scan of that run",
    async (table) => {
      const { targetId } = await seedTarget(database.sql, { baseUrl: "http://other.test/" });
      const elsewhere = await plan(targetId);
      const moved = owner.query(`UPDATE "${table}" SET scan_id = '${elsewhere}'`);
      await expect(moved).rejects.toMatchObject({
        code: "23503",
        constraint: `${table}_module_run_id_scan_id_fkey`,
      });
    },
  );
});

describe("what is recorded twice", () => {
  it.each([
    ["finding", "finding_target_id_dedupe_key_key"],
    ["instance", "instance_finding_id_instance_key_key"],
    ["observation", "observation_module_run_id_instance_id_key"],
    ["evidence", "evidence_module_run_id_hash_key"],
    ["module_run", "module_run_scan_id_plugin_key"],
    ["tech_component", "tech_component_target_id_name_version_key"],
  ])("in %s is one row", async (table, constraint) => {
    const columns = await owner.query<{ name: string }>(
      `SELECT quote_ident(column_name) AS name FROM information_schema.columns
       WHERE table_name = $1 AND column_name <> 'id' AND is_generated = 'NEVER'`,
      [table],
    );
    const names = columns.map(({ name }) => name).join(", ");
    const copy = `INSERT INTO ${table} (id, ${names}) SELECT gen_random_uuid(), ${names} FROM ${table}`;
    await expect(owner.query(copy)).rejects.toMatchObject({ code: "23505", constraint });
  });
});

describe("a target that is deleted or moved", () => {
  async function raceWith(change: (connection: Connection, id: string) => Promise<void>): Promise<unknown> {
    const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
    let planning: Promise<unknown> = Promise.resolve();
    await database.command(async (connection) => {
      await change(connection, targetId);
      planning = plan(targetId).catch((error) => error.code);
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    return planning;
  }

  it("is not scanned by whoever asked at the same moment", async () => {
    expect(await raceWith((connection, id) => deleteTarget(connection, id, "cli"))).toBe("NOT_FOUND");
    const moved = { change: { baseUrl: "http://elsewhere.test/" }, actor: "cli" };
    expect(await raceWith((connection, id) => updateTarget(connection, id, moved))).toBe("OUT_OF_SCOPE");
  });
});
