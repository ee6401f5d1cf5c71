-- AlterTable
ALTER TABLE "instance" ADD COLUMN     "fixed_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "scan" ADD COLUMN     "stopped_by" TEXT;

-- Baselines: the newest healthy scan of a target and profile.
CREATE INDEX scan_baseline ON scan (target_id, profile_name, finished_at DESC) WHERE status = 'succeeded';
