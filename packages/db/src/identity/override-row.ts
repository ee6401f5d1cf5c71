import { uuidv7 } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import type { LockedFinding, MergeRestore } from "./absorb.ts";

/** Rule of decisions that people make. */
export const BY_PERSON = "person";
/** Rule of merges that learned routes make; the reason names their templates. */
export const BY_ROUTE = "route-template";
export const TEMPLATE_SEPARATOR = ", ";

interface NewOverride {
  kind: "merge" | "split";
  from: LockedFinding;
  into: Pick<LockedFinding, "id" | "dedupeKey">;
  instanceKeys: readonly string[];
  rule: string;
  reason: string;
  actor: string;
  restore: MergeRestore | null;
}

/** Id of the decision. */
export async function insertOverride(sql: Sql, override: NewOverride): Promise<string> {
  const id = uuidv7();
  const { kind, from, into, instanceKeys, rule, reason, actor, restore } = override;
  await sql.query(
    `INSERT INTO identity_override (id, target_id, kind, dedupe_key, instance_keys, resolves_to, finding_id,
                                    into_finding_id, rule, reason, actor, restore, created_at)
     VALUES ($1::uuid, $2::uuid, $3::text::identity_override_kind, $4, $5::text[], $6, $7::uuid, $8::uuid, $9, $10, $11,
             $12::text::jsonb, clock_timestamp())`,
    [
      id,
      from.targetId,
      kind,
      from.dedupeKey,
      [...instanceKeys],
      into.dedupeKey,
      from.id,
      into.id,
      rule,
      reason,
      actor,
      jsonParameter(restore),
    ],
  );
  return id;
}
