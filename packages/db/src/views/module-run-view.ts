import { type Capability, grantedCapabilities, type ModuleRunResource, sideEffectOf } from "@picket/core";
import type { Sql } from "../sql.ts";

type ModuleRunRow = Omit<ModuleRunResource, "sideEffect"> & {
  granted: Capability[];
  required: Capability[] | null;
  optional: Capability[] | null;
};

/** All module runs of a scan, in the order of their stages, then by plugin. Null: there is no such scan. */
export async function listModuleRuns(sql: Sql, scanId: string): Promise<ModuleRunResource[] | null> {
  const rows = await sql.query<ModuleRunRow | { id: null }>(
    `SELECT m.id, m.scan_id AS "scanId", m.plugin, m.version, m.code_digest AS "codeDigest", m.config,
            m.config_hash AS "configHash", m.stage, m.status, m.exit_reason AS "exitReason", m.reason, m.attempt,
            m.isolation_level AS "isolationLevel", m.counters, m.created_at AS "createdAt",
            m.started_at AS "startedAt", m.finished_at AS "finishedAt",
            s.profile_capabilities AS granted, p.manifest->'requiredCapabilities' AS required, p.manifest->'optionalCapabilities' AS optional
     FROM scan s LEFT JOIN module_run m ON m.scan_id = s.id
     LEFT JOIN plugin_release p ON p.name = m.plugin AND p.code_digest = m.code_digest
     WHERE s.id = $1::uuid ORDER BY m.stage, m.plugin`,
    [scanId],
  );
  if (rows.length === 0) return null;
  const runs = rows.filter((row) => row.id !== null);
  // What has no release is the platform's own: it asks as a visitor does.
  return runs.map(({ granted, required, optional, ...run }) => {
    const needs = { requiredCapabilities: required ?? [], optionalCapabilities: optional ?? [] };
    return { ...run, sideEffect: sideEffectOf(grantedCapabilities(needs, granted)) };
  });
}
