-- AlterTable
ALTER TABLE "scan" ADD COLUMN     "open_stage" "stage";

-- AlterTable
ALTER TABLE "module_run" ADD COLUMN     "admitted_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "worker" (
    "id" TEXT NOT NULL,
    "slots" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

ALTER TABLE module_run ADD CONSTRAINT module_run_admitted CHECK (admitted_at IS NULL OR status = 'queued');
ALTER TABLE worker ADD CONSTRAINT worker_slots CHECK (slots > 0);

-- The runs that wait for a slot, and those that have one.
CREATE INDEX module_run_waiting ON module_run (scan_id, stage, id) WHERE status = 'queued' AND admitted_at IS NULL;
CREATE INDEX module_run_in_hand ON module_run (scan_id) WHERE status = 'running' OR admitted_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON worker TO picket_app;
