-- Text that occurs anywhere in a title or type is found by its trigrams. The extension is one that the owner may create.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- AlterTable
-- Severity, then confidence (0-100), as one number: one order for lists that are worst first, and each severity is a range.
ALTER TABLE "finding" ADD COLUMN "rank" SMALLINT NOT NULL GENERATED ALWAYS AS (
  CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END * 101
  + confidence_score) STORED;

-- DropIndex
DROP INDEX "finding_is_news_severity_confidence_score_id_idx";
DROP INDEX "finding_status_severity_id_idx";
DROP INDEX "finding_target_id_status_severity_id_idx";
DROP INDEX "coverage_scan_id_module_run_id_idx";

-- CreateIndex
CREATE INDEX "finding_is_news_rank_id_idx" ON "finding"("is_news", "rank", "id");
CREATE INDEX "finding_status_rank_id_idx" ON "finding"("status", "rank", "id");
CREATE INDEX "finding_last_change_rank_id_idx" ON "finding"("last_change", "rank", "id");
CREATE INDEX "finding_type_rank_id_idx" ON "finding"("type", "rank", "id");
CREATE INDEX "finding_rank_id_idx" ON "finding"("rank", "id");
CREATE INDEX "finding_target_id_is_news_rank_id_idx" ON "finding"("target_id", "is_news", "rank", "id");
CREATE INDEX "finding_target_id_status_rank_id_idx" ON "finding"("target_id", "status", "rank", "id");
CREATE INDEX "finding_target_id_type_idx" ON "finding"("target_id", "type");
CREATE INDEX "finding_last_seen_at_id_idx" ON "finding"("last_seen_at", "id");
CREATE INDEX "finding_confidence_score_id_idx" ON "finding"("confidence_score", "id");
CREATE INDEX "finding_title_type_idx" ON "finding" USING GIN ("title" gin_trgm_ops, "type" gin_trgm_ops);
CREATE INDEX "attribution_plugin_finding_id_idx" ON "attribution"("plugin", "finding_id");
CREATE INDEX "finding_change_scan_id_change_finding_id_idx" ON "finding_change"("scan_id", "change", "finding_id");
CREATE INDEX "coverage_scan_id_module_run_id_location_key_idx" ON "coverage"("scan_id", "module_run_id", "location_key");
CREATE INDEX "exception_record_target_id_finding_type_idx" ON "exception_record"("target_id", "finding_type");
