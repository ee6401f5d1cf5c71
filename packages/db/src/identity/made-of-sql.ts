/** Ids of a finding and of all that were merged into it, as SQL. `id`: what names it in the query around. */
export function mergedIdsSql(id: string): string {
  return `WITH RECURSIVE part(id) AS (
      SELECT ${id} UNION SELECT m.id FROM part JOIN finding m ON m.merged_into_id = part.id)
    SELECT part.id FROM part`;
}

/**
 * CTE `lost` (plugin, type): what some release of a detector reports, and the one that ran in the scan `$1` does not. Empty
 * unless a release gave up a type.
 */
export const LOST_TYPES = `
  lost AS MATERIALIZED (
    SELECT r.plugin, reported.type
    FROM module_run r
    JOIN plugin_release p ON p.name = r.plugin AND p.code_digest = r.code_digest
    JOIN plugin_release o ON o.name = r.plugin
    CROSS JOIN LATERAL jsonb_array_elements_text(o.manifest->'emits') AS reported(type)
    WHERE r.scan_id = $1::uuid AND NOT p.manifest->'emits' ? reported.type)`;

/**
 * Condition: the detector's release gave up a type that the finding `f` is made of. Those are its own, those of findings
 * that were merged into it and, of one that was split off, those of what was seen at its places.
 */
export function gaveUpSql(plugin: string): string {
  return `EXISTS (SELECT 1 FROM lost WHERE lost.plugin = ${plugin} AND lost.type = ANY (ARRAY(
    SELECT made.type FROM finding made WHERE made.id IN (${mergedIdsSql("f.id")})
    UNION ALL
    SELECT own.type FROM instance i JOIN finding own ON own.target_id = f.target_id AND own.dedupe_key = i.source_key
    WHERE i.finding_id = f.id AND i.source_key IS NOT NULL)))`;
}
