-- CreateEnum
CREATE TYPE "change" AS ENUM ('new', 'reopened', 'still_present', 'fixed', 'not_observed');

-- CreateEnum
CREATE TYPE "recheck_verdict" AS ENUM ('present', 'absent', 'inconclusive');

-- CreateEnum
CREATE TYPE "exception_scope" AS ENUM ('instance', 'finding', 'type_on_route', 'type_on_target');

-- AlterTable
ALTER TABLE "exception_record" ADD COLUMN     "covers_until" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "finding_type" TEXT,
ADD COLUMN     "instance_key" CHAR(64),
ADD COLUMN     "max_severity" "severity",
ADD COLUMN     "reminded" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
ADD COLUMN     "route" TEXT,
ADD COLUMN     "scope" "exception_scope" NOT NULL DEFAULT 'finding';

-- AlterTable
ALTER TABLE "finding" ADD COLUMN     "fix_claimed_at" TIMESTAMPTZ(6),
ADD COLUMN     "fix_claimed_by" TEXT,
ADD COLUMN     "is_news" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "last_change" "change",
ADD COLUMN     "last_change_cause" TEXT,
ADD COLUMN     "last_change_reason" TEXT,
ADD COLUMN     "last_change_scan_id" UUID;

-- AlterTable
ALTER TABLE "instance" ADD COLUMN     "location_key" CHAR(64);

-- CreateTable
CREATE TABLE "finding_change" (
    "scan_id" UUID NOT NULL,
    "finding_id" UUID NOT NULL,
    "change" "change" NOT NULL,
    "reason" TEXT,
    "cause" TEXT,
    "rules_version" INTEGER NOT NULL,

    CONSTRAINT "finding_change_pkey" PRIMARY KEY ("scan_id","finding_id")
);

-- CreateTable
CREATE TABLE "coverage" (
    "module_run_id" UUID NOT NULL,
    "location_key" CHAR(64) NOT NULL,
    "scan_id" UUID NOT NULL,
    "method" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "health" TEXT NOT NULL,
    "exchanges" INTEGER NOT NULL,

    CONSTRAINT "coverage_pkey" PRIMARY KEY ("module_run_id","location_key")
);

-- CreateTable
CREATE TABLE "attribution" (
    "finding_id" UUID NOT NULL,
    "plugin" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "attribution_pkey" PRIMARY KEY ("finding_id","plugin")
);

-- CreateTable
CREATE TABLE "recheck" (
    "id" UUID NOT NULL,
    "finding_id" UUID NOT NULL,
    "scan_id" UUID,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "requested_by" TEXT NOT NULL,
    "verdict" "recheck_verdict",
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "recheck_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "finding_change_finding_id_scan_id_idx" ON "finding_change"("finding_id", "scan_id");

-- CreateIndex
CREATE INDEX "coverage_scan_id_module_run_id_idx" ON "coverage"("scan_id", "module_run_id");

-- CreateIndex
CREATE INDEX "recheck_finding_id_id_idx" ON "recheck"("finding_id", "id");

-- CreateIndex
CREATE INDEX "recheck_finished_at_due_at_idx" ON "recheck"("finished_at", "due_at");

-- CreateIndex
CREATE INDEX "finding_is_news_severity_confidence_score_id_idx" ON "finding"("is_news", "severity", "confidence_score" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "finding_change" ADD CONSTRAINT "finding_change_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "finding_change" ADD CONSTRAINT "finding_change_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_module_run_id_fkey" FOREIGN KEY ("module_run_id") REFERENCES "module_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attribution" ADD CONSTRAINT "attribution_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recheck" ADD CONSTRAINT "recheck_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recheck" ADD CONSTRAINT "recheck_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What was stored before gets its new columns ------------------------------------------------------------------------

UPDATE exception_record e SET finding_type = f.type, max_severity = f.severity
FROM finding f WHERE f.target_id = e.target_id AND f.dedupe_key = e.finding_key;
UPDATE exception_record SET finding_type = 'unknown', max_severity = 'info' WHERE finding_type IS NULL;
ALTER TABLE exception_record ALTER COLUMN finding_type SET NOT NULL, ALTER COLUMN max_severity SET NOT NULL;

-- The same text as locationKeyText in packages/core.
UPDATE instance SET location_key = encode(sha256(convert_to(
  audit_part('v1')
  || audit_part(coalesce(substring(url from '^https?://(?:\[[^\]]*\]|[^/:?#]*):([0-9]+)'),
                         CASE WHEN url LIKE 'https:%' THEN '443' ELSE '80' END))
  || audit_part(route) || audit_part(method), 'UTF8')), 'hex');
ALTER TABLE instance ALTER COLUMN location_key SET NOT NULL;

-- Every observation is an attribution to the plugin of its module run.
INSERT INTO attribution (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at)
SELECT DISTINCT ON (finding_id, plugin) finding_id, plugin,
       last_value(version) OVER w, first_value(scan_id) OVER w, last_value(scan_id) OVER w,
       first_value(at) OVER w, last_value(at) OVER w
FROM (SELECT o.finding_id, r.plugin, r.version, o.scan_id, o.created_at AS at
      FROM observation o JOIN module_run r ON r.id = o.module_run_id) seen
WINDOW w AS (PARTITION BY finding_id, plugin ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);

-- States that contradict each other cannot be stored -----------------------------------------------------------------

ALTER TABLE finding
  ADD CONSTRAINT finding_last_change CHECK ((last_change IS NULL) = (last_change_scan_id IS NULL)),
  ADD CONSTRAINT finding_last_change_reason CHECK ((last_change_reason IS NOT NULL) = coalesce(last_change = 'not_observed', false)),
  ADD CONSTRAINT finding_last_change_cause CHECK ((last_change_cause IS NOT NULL) = coalesce(last_change = 'new', false)),
  -- A scan that could not look for it takes nothing from the news.
  ADD CONSTRAINT finding_news CHECK (
    CASE WHEN coalesce(last_change IN ('new', 'reopened'), false) THEN is_news = (status = 'open')
         WHEN coalesce(last_change = 'not_observed', false) THEN NOT is_news OR status = 'open'
         ELSE NOT is_news END),
  ADD CONSTRAINT finding_fix_claim CHECK ((fix_claimed_by IS NULL) = (fix_claimed_at IS NULL));

ALTER TABLE finding_change
  ADD CONSTRAINT finding_change_reason CHECK ((reason IS NOT NULL) = (change = 'not_observed')),
  ADD CONSTRAINT finding_change_cause CHECK ((cause IS NOT NULL) = (change = 'new'));

ALTER TABLE coverage ADD CONSTRAINT coverage_exchanges CHECK (exchanges > 0);

ALTER TABLE recheck
  ADD CONSTRAINT recheck_verdict_given CHECK ((verdict IS NULL) = (finished_at IS NULL)),
  ADD CONSTRAINT recheck_inconclusive CHECK (verdict IS DISTINCT FROM 'inconclusive' OR reason IS NOT NULL);

ALTER TABLE exception_record
  ADD CONSTRAINT exception_instance CHECK ((scope = 'instance') = (instance_key IS NOT NULL)),
  ADD CONSTRAINT exception_route CHECK ((scope = 'type_on_route') = (route IS NOT NULL));

GRANT SELECT, INSERT ON finding_change, coverage TO picket_app;
GRANT SELECT, INSERT, UPDATE ON attribution, recheck TO picket_app;
