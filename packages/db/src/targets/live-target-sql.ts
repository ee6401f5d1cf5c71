/**
 * SQL: `column` does not name a deleted target. What was found on one is asked for by target or scan only. The few that
 * are deleted are read once, so that an ordered walk of a large table stays one.
 */
export function liveTargetSql(column: string): string {
  return `${column} <> ALL (ARRAY(SELECT id FROM target WHERE deleted_at IS NOT NULL))`;
}
