/**
 * SQL condition: an approved exception covers the finding now. By the clock of the database, so one that has expired
 * covers nothing any more, whether or not a job has written that down. `finding` is the alias of a row of finding.
 */
export function exceptedSql(finding: string): string {
  return `EXISTS (SELECT 1 FROM exception_record x
    WHERE x.target_id = ${finding}.target_id AND x.finding_key = ${finding}.dedupe_key
      AND x.status IN ('approved', 'active') AND x.approver IS NOT NULL AND x.expires_at > now())`;
}
