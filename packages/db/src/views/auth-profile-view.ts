import type { AuthProfileFilter, AuthProfileResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT p.id, p.target_id AS "targetId", p.name, p.origin, p.recipe, p.probe, p.destructive_words AS "destructiveWords",
         p.version, p.created_by AS "createdBy", p.created_at AS "createdAt", p.updated_at AS "updatedAt",
         (SELECT coalesce(jsonb_agg(jsonb_build_object('field', s.field, 'keyId', s.key_id, 'updatedAt', s.updated_at)
                                    ORDER BY s.field), '[]')
          FROM auth_secret s WHERE s.profile_id = p.id) AS secrets
  FROM auth_profile p`;

type Row = Omit<AuthProfileResource, "secrets"> & {
  secrets: (Omit<AuthProfileResource["secrets"][number], "updatedAt"> & { updatedAt: string })[];
};

/** Newest first, without those that were deleted. */
export async function listAuthProfiles(
  sql: Sql,
  filter: AuthProfileFilter,
  page: PageRequest,
): Promise<Page<AuthProfileResource>> {
  const where = [["p.deleted_at IS NULL"], ["p.target_id = ?::uuid", filter.target]] as const;
  const { items, ...rest } = await readPage<Row>(
    sql,
    { select: SELECT, where, ...newestFirst("p.id") },
    page,
  );
  return { ...rest, items: items.map(resourceOf) };
}

export async function findAuthProfile(sql: Sql, id: string): Promise<AuthProfileResource | null> {
  const [row] = await sql.query<Row>(`${SELECT} WHERE p.id = $1::uuid AND p.deleted_at IS NULL`, [id]);
  return row ? resourceOf(row) : null;
}

function resourceOf({ secrets, ...profile }: Row): AuthProfileResource {
  return {
    ...profile,
    secrets: secrets.map((secret) => ({ ...secret, updatedAt: new Date(secret.updatedAt) })),
  };
}
