-- CreateEnum
CREATE TYPE "pace_event" AS ENUM ('lowered', 'raised', 'halted', 'opened', 'closed');

-- CreateEnum
CREATE TYPE "distress" AS ENUM ('overloaded', 'unreachable', 'timed_out', 'slow');

-- CreateTable
CREATE TABLE "pace_change" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "event" "pace_event" NOT NULL,
    "distress" "distress",
    "rps" DOUBLE PRECISION NOT NULL,
    "pause_ms" INTEGER NOT NULL,

    CONSTRAINT "pace_change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "pace_change_target_id_at_idx" ON "pace_change"("target_id", "at");

-- AddForeignKey
ALTER TABLE "pace_change" ADD CONSTRAINT "pace_change_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE pace_change ADD CONSTRAINT pace_change_figures CHECK (rps > 0 AND pause_ms >= 0);

GRANT SELECT, INSERT ON pace_change TO picket_app;
