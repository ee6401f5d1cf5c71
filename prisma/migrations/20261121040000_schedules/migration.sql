-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'finding.fix_claimed';
ALTER TYPE "audit_action" ADD VALUE 'schedule.created';
ALTER TYPE "audit_action" ADD VALUE 'schedule.updated';
ALTER TYPE "audit_action" ADD VALUE 'schedule.removed';

-- CreateEnum
CREATE TYPE "schedule_kind" AS ENUM ('scan', 'recheck');

-- CreateEnum
CREATE TYPE "schedule_overlap" AS ENUM ('allow', 'forbid', 'replace');

-- CreateEnum
CREATE TYPE "schedule_outcome" AS ENUM ('started', 'skipped_overlap', 'skipped_blackout', 'missed', 'failed');

-- AlterTable
ALTER TABLE "recheck" ADD COLUMN     "claimed_by" TEXT;

-- CreateTable
CREATE TABLE "schedule" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "kind" "schedule_kind" NOT NULL,
    "finding_id" UUID,
    "profile" TEXT,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "cron" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "overlap" "schedule_overlap" NOT NULL DEFAULT 'forbid',
    "blackouts" JSONB NOT NULL DEFAULT '[]',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "next_due_at" TIMESTAMPTZ(6),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(6),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule_run" (
    "schedule_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "outcome" "schedule_outcome" NOT NULL,
    "scan_id" UUID,
    "reason" TEXT,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "schedule_run_pkey" PRIMARY KEY ("schedule_id","due_at")
);

-- CreateIndex
CREATE INDEX "recheck_scan_id_idx" ON "recheck"("scan_id");

-- CreateIndex
CREATE INDEX "schedule_target_id_id_idx" ON "schedule"("target_id", "id");

-- CreateIndex
CREATE INDEX "schedule_next_due_at_idx" ON "schedule"("next_due_at");

-- CreateIndex
CREATE INDEX "schedule_run_scan_id_idx" ON "schedule_run"("scan_id");

-- AddForeignKey
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule_run" ADD CONSTRAINT "schedule_run_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedule"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule_run" ADD CONSTRAINT "schedule_run_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States that contradict each other cannot be stored -----------------------------------------------------------------

ALTER TABLE schedule
  ADD CONSTRAINT schedule_what CHECK ((kind = 'scan') = (profile IS NOT NULL) AND (kind = 'recheck') = (finding_id IS NOT NULL)),
  ADD CONSTRAINT schedule_next_due CHECK ((next_due_at IS NOT NULL) = (enabled AND removed_at IS NULL));

ALTER TABLE schedule_run
  ADD CONSTRAINT schedule_run_scan CHECK ((scan_id IS NOT NULL) = (outcome = 'started')),
  ADD CONSTRAINT schedule_run_reason CHECK ((reason IS NOT NULL) = (outcome = 'failed'));

GRANT SELECT, INSERT, UPDATE ON schedule TO picket_app;
GRANT SELECT, INSERT ON schedule_run TO picket_app;
