import {
  DEFAULT_REQUEST_POLICY,
  PLUGIN_PROTOCOL,
  PluginManifest,
  type RequestPolicy,
  uuidv7,
} from "@picket/core";
import type { OfferedRelease } from "../plugins/plugin-store.ts";
import { sha256 } from "../sha256.ts";
import type { Sql } from "../sql.ts";

export interface SeededTarget {
  projectId: string;
  targetId: string;
}

export interface TargetSeed {
  baseUrl: string;
  /** Default 1,000 a second, 16 at once, 60 s, 10,000 in all. */
  budget?: Partial<{ rps: number; concurrency: number; maxRuntimeSeconds: number; maxRequests: number }>;
  /** Default: as for any new target. */
  requests?: Partial<RequestPolicy>;
  /** Default: one entry for the base URL's host and port. */
  scope?: readonly { pattern: string; ports: readonly string[] }[];
}

/** A project with one target and its scope. */
export async function seedTarget(
  sql: Sql,
  { baseUrl, budget, requests, scope }: TargetSeed,
): Promise<SeededTarget> {
  const projectId = uuidv7();
  const targetId = uuidv7();
  const { hostname, port, protocol } = new URL(baseUrl);
  const entries = scope ?? [{ pattern: hostname, ports: [port || (protocol === "https:" ? "443" : "80")] }];
  const policy = { ...DEFAULT_REQUEST_POLICY, ...requests };
  const limits = { rps: 1_000, concurrency: 16, maxRuntimeSeconds: 60, maxRequests: 10_000, ...budget };
  await sql.query("INSERT INTO project (id, name) VALUES ($1::uuid, $2)", [
    projectId,
    `project ${projectId}`,
  ]);
  await sql.query(
    `INSERT INTO target (id, project_id, name, base_url, environment, budget_rps, budget_concurrency,
                         budget_max_runtime_seconds, budget_max_requests, request_forms, request_destructive)
     VALUES ($1::uuid, $2::uuid, 'lab', $3, 'test', $4, $5, $6, $7, $8::form_submission, $9)`,
    [
      targetId,
      projectId,
      baseUrl,
      limits.rps,
      limits.concurrency,
      limits.maxRuntimeSeconds,
      limits.maxRequests,
      policy.forms,
      policy.destructive,
    ],
  );
  for (const { pattern, ports } of entries) {
    await sql.query(
      `INSERT INTO scope_entry (id, project_id, pattern, ports, added_by, reason)
       VALUES ($1::uuid, $2::uuid, $3, $4::text[], 'test', 'test')`,
      [uuidv7(), projectId, pattern, [...ports]],
    );
  }
  return { projectId, targetId };
}

/** A release that no bundle stands behind: enough to plan with. */
export function releaseSeed(
  manifest: Partial<PluginManifest> & { name: string },
  codeDigest = sha256(manifest.name),
): OfferedRelease {
  return {
    codeDigest,
    origin: "builtin",
    manifest: PluginManifest.parse({
      protocol: PLUGIN_PROTOCOL,
      description: "For tests.",
      version: "1.0.0",
      requiredCapabilities: [],
      stage: "inspect",
      appliesTo: {},
      emits: ["missing-hsts"],
      configSchema: { type: "object", properties: {} },
      defaultConfig: {},
      limits: {},
      ...manifest,
    }),
  };
}
