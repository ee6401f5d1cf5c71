-- What an exception was decided about outlives merges, splits and learned routes.

-- The key of the finding that a place belonged to at a moment, by the merges and splits that are not undone. `source` is
-- the key of what is seen there, `place` its instance key. The same order as ingest follows decisions in
-- (packages/db/src/identity/target-identity.ts): a split that names the place before a merge, each once.
CREATE FUNCTION finding_key_at(target uuid, source text, place text, moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 1 AS $$
  WITH RECURSIVE chain(key, used) AS (
    SELECT source, ARRAY[]::uuid[]
    UNION ALL
    SELECT next.resolves_to, chain.used || next.id
    FROM chain, LATERAL (
      SELECT o.id, o.resolves_to FROM identity_override o
      WHERE o.target_id = target AND o.dedupe_key = chain.key AND o.undone_at IS NULL AND o.created_at <= moment
        AND o.id <> ALL (chain.used) AND (o.kind = 'merge' OR place = ANY (o.instance_keys))
      ORDER BY o.kind = 'split' DESC, o.id LIMIT 1) next)
  SELECT key FROM chain ORDER BY cardinality(used) DESC LIMIT 1
$$;

-- Both cost 1 to the planner: few places ever ask for them.
-- Whether a URL is on a route, whatever was learned or taken back since it was called so. Placeholders as in
-- packages/core/src/route-template.ts and web-url.ts.
CREATE FUNCTION is_on_route(url text, route text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1 AS $$
  SELECT substring(url FROM '^[a-z]+://[^/?]*([^?]*)') ~ ('^' ||
    replace(replace(replace(regexp_replace(route, '[^[:alnum:]/_%{}-]', '\\\&', 'g'),
      '{id}', '(\d+|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[^/]*\[redacted:[^/]*)'),
      '{slug}', '[^/.]*[\d_%-][^/.]*'),
      '{name}', '[^/.\d_%-]+') || '$')
$$;

-- CreateIndex
CREATE INDEX "finding_merged_into_id_idx" ON "finding"("merged_into_id") WHERE merged_into_id IS NOT NULL;
-- Places that a merge or split brought are few.
CREATE INDEX "instance_brought" ON "instance"("finding_id") WHERE source_key IS NOT NULL;
CREATE INDEX "instance_source_key_idx" ON "instance"("source_key") WHERE source_key IS NOT NULL;
