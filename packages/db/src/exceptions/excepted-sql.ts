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

/** The exception is about the finding itself, and it is no more severe than accepted. */
function matchesSql(f: string): string {
  return `x.target_id = ${f}.target_id AND ${MATCH_KEY_SQL} IN (${f}.dedupe_key, ${f}.type)
    AND ${f}.severity >= x.max_severity`;
}

/**
 * Of an exception that matches the finding: this place is within its scope. A place belongs to what it was part of when
 * the exception was approved: a merge since neither brings it under what was decided about the other, nor takes it from
 * what was decided about it. A route means the URLs that it meant then.
 */
export function coversPlaceSql(i: string): string {
  const isItsOwn = `(${i}.source_key IS NULL
    OR finding_key_at(x.target_id, ${i}.source_key, ${i}.instance_key, x.covers_until) = x.finding_key)`;
  return `CASE x.scope
    WHEN 'instance' THEN ${i}.instance_key = x.instance_key AND ${isItsOwn}
    WHEN 'finding' THEN ${i}.first_seen_at <= x.covers_until AND ${isItsOwn}
    WHEN 'type_on_route' THEN ${i}.route = x.route OR is_on_route(${i}.url, x.route)
    ELSE true END`;
}

/** The place came from a finding that the exception is about, by a merge or a split. */
function coversBroughtSql(f: string, i: string): string {
  return `${i}.source_key IS NOT NULL AND EXISTS (
    SELECT 1 FROM exception_record x
    WHERE x.target_id = ${f}.target_id AND ${f}.severity >= x.max_severity AND ${IN_FORCE_SQL}
      AND ${coversPlaceSql(i)}
      AND (x.scope IN ('instance', 'finding') OR x.finding_type = (
        SELECT own.type FROM finding own WHERE own.target_id = x.target_id AND own.dedupe_key = ${i}.source_key)))`;
}

/**
 * Condition: the finding is accepted now, which is to say that every place where it still shows is covered by some
 * exception in force. One that became more severe, or shows at a place outside of what was accepted, is not. Places that
 * were brought are asked for by LIMIT 1: as EXISTS the planner may read all that there are, of every finding.
 */
export function exceptedSql(f: string): string {
  return `((EXISTS (SELECT 1 FROM exception_record x WHERE ${matchesSql(f)} AND ${IN_FORCE_SQL})
      OR coalesce((SELECT true FROM instance place
        WHERE place.finding_id = ${f}.id AND place.source_key IS NOT NULL AND place.fixed_at IS NULL LIMIT 1), false))
    AND NOT EXISTS (SELECT 1 FROM instance place WHERE place.finding_id = ${f}.id AND place.fixed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM exception_record x
        WHERE ${matchesSql(f)} AND ${IN_FORCE_SQL} AND ${coversPlaceSql("place")})
      AND NOT (${coversBroughtSql(f, "place")})))`;
}

/**
 * Condition: some exception in force is about the finding. True of few findings, which are found from the exceptions: a
 * list of what is accepted asks this first, then `exceptedSql`. As an array: joined to a table of a million findings, the
 * planner reads them all instead.
 */
export function maybeExceptedSql(f: string): string {
  return `${f}.id = ANY (ARRAY(
    WITH about AS (
      SELECT about.id, about.dedupe_key, true AS has_lent FROM exception_record x
      JOIN finding about ON about.target_id = x.target_id AND about.dedupe_key = x.finding_key
      WHERE x.scope IN ('instance', 'finding') AND ${IN_FORCE_SQL}
      UNION
      SELECT about.id, about.dedupe_key, about.merged_into_id IS NOT NULL FROM exception_record x
      JOIN finding about ON about.target_id = x.target_id AND about.type = x.finding_type
      WHERE x.scope IN ('type_on_route', 'type_on_target') AND ${IN_FORCE_SQL})
    SELECT id FROM about
    UNION
    SELECT i.finding_id FROM about JOIN instance i ON i.source_key = about.dedupe_key WHERE about.has_lent))`;
}
