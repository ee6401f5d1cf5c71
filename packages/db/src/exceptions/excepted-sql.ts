/*
 * Whether a finding is accepted is computed when it is read, by the database's clock: a decision begins and ends to the
 * second, with no job. In the fragments below `x` is a row of exception_record, and a finding `f` or a place `i` is
 * given by its alias.
 */

/** The exception is in force. A job writes `expired` down later, which changes nothing here. */
export const IN_FORCE_SQL = "x.status = 'approved' AND x.expires_at > now()";

/** Status as people see it. */
export const STATUS_SQL = `CASE
  WHEN x.status IN ('proposed', 'approved') AND x.expires_at <= now() THEN 'expired'
  WHEN x.status = 'approved' THEN 'active' ELSE x.status::text END`;

/** By which of a finding's properties an exception finds it. The index exception_record_in_force has this expression. */
export const MATCH_KEY_SQL =
  "(CASE WHEN x.scope IN ('instance', 'finding') THEN x.finding_key ELSE x.finding_type END)";

/** The exception is about the finding, or about what has one of the other keys; and it is no more severe than accepted. */
function matchesSql(f: string, ...keys: string[]): string {
  return `x.target_id = ${f}.target_id AND ${MATCH_KEY_SQL} IN (${[`${f}.dedupe_key`, `${f}.type`, ...keys].join(", ")})
    AND ${f}.severity >= x.max_severity`;
}

/**
 * Of an exception that matches the finding: this place is within its scope. A place that a merge brought to the finding
 * is covered by what was decided about it before, and by what was decided about the whole since.
 */
export function coversPlaceSql(i: string): string {
  return `CASE x.scope
    WHEN 'instance' THEN ${i}.instance_key = x.instance_key
    WHEN 'finding' THEN ${i}.first_seen_at <= x.covers_until AND (
      coalesce(${i}.source_key, x.finding_key) = x.finding_key OR EXISTS (
        SELECT 1 FROM identity_override o WHERE o.target_id = x.target_id AND o.dedupe_key = ${i}.source_key
          AND o.undone_at IS NULL AND o.created_at <= x.covers_until))
    WHEN 'type_on_route' THEN ${i}.route = x.route
    ELSE true END`;
}

/**
 * Condition: the finding is accepted now, which is to say that every place where it still shows is covered by some
 * exception in force. One that became more severe, or shows at a place outside of what was accepted, is not.
 */
export function exceptedSql(f: string): string {
  return `(EXISTS (SELECT 1 FROM exception_record x WHERE ${matchesSql(f)} AND ${IN_FORCE_SQL})
    AND NOT EXISTS (SELECT 1 FROM instance place WHERE place.finding_id = ${f}.id AND place.fixed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM exception_record x
        WHERE ${matchesSql(f, "place.source_key")} AND ${IN_FORCE_SQL} AND ${coversPlaceSql("place")})))`;
}

/**
 * Condition: some exception in force is about the finding. True of few findings, which are found from the exceptions: a
 * list of what is accepted asks this first, then `exceptedSql`. As an array: joined to a table of a million findings, the
 * planner reads them all instead.
 */
export function maybeExceptedSql(f: string): string {
  return `${f}.id = ANY (ARRAY(
    SELECT about.id FROM exception_record x
    JOIN finding about ON about.target_id = x.target_id AND about.dedupe_key = x.finding_key
    WHERE x.scope IN ('instance', 'finding') AND ${IN_FORCE_SQL}
    UNION
    SELECT about.id FROM exception_record x
    JOIN finding about ON about.target_id = x.target_id AND about.type = x.finding_type
    WHERE x.scope IN ('type_on_route', 'type_on_target') AND ${IN_FORCE_SQL}))`;
}
