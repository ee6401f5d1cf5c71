-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'finding.merged';
ALTER TYPE "audit_action" ADD VALUE 'finding.merge_undone';
ALTER TYPE "audit_action" ADD VALUE 'finding.split';
ALTER TYPE "audit_action" ADD VALUE 'finding.split_undone';

-- AlterEnum
ALTER TYPE "evidence_kind" ADD VALUE 'reflection';
ALTER TYPE "evidence_kind" ADD VALUE 'differential';
ALTER TYPE "evidence_kind" ADD VALUE 'timing';
ALTER TYPE "evidence_kind" ADD VALUE 'callback';

-- CreateEnum
CREATE TYPE "identity_override_kind" AS ENUM ('merge', 'split');

-- AlterTable
ALTER TABLE "finding" ADD COLUMN     "merged_into_id" UUID,
ADD COLUMN     "verified" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "instance" ADD COLUMN     "source_key" TEXT;

-- CreateTable
CREATE TABLE "route_template" (
    "target_id" UUID NOT NULL,
    "template" TEXT NOT NULL,
    "learned_scan_id" UUID NOT NULL,
    "examples" INTEGER NOT NULL,
    "learned_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rejected_at" TIMESTAMPTZ(6),
    "rejected_by" TEXT,

    CONSTRAINT "route_template_pkey" PRIMARY KEY ("target_id","template")
);

-- CreateTable
CREATE TABLE "identity_override" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "kind" "identity_override_kind" NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "instance_keys" TEXT[],
    "resolves_to" TEXT NOT NULL,
    "finding_id" UUID NOT NULL,
    "into_finding_id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "restore" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "undone_at" TIMESTAMPTZ(6),
    "undone_by" TEXT,

    CONSTRAINT "identity_override_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "identity_override_target_id_undone_at_idx" ON "identity_override"("target_id", "undone_at");

-- CreateIndex
CREATE INDEX "identity_override_finding_id_idx" ON "identity_override"("finding_id");

-- CreateIndex
CREATE INDEX "identity_override_into_finding_id_idx" ON "identity_override"("into_finding_id");

-- AddForeignKey
ALTER TABLE "finding" ADD CONSTRAINT "finding_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "route_template" ADD CONSTRAINT "route_template_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identity_override" ADD CONSTRAINT "identity_override_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identity_override" ADD CONSTRAINT "identity_override_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identity_override" ADD CONSTRAINT "identity_override_into_finding_id_fkey" FOREIGN KEY ("into_finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States that contradict each other cannot be stored -----------------------------------------------------------------

ALTER TABLE finding
  ADD CONSTRAINT finding_merged CHECK (merged_into_id IS NULL OR (status = 'soft_deleted' AND merged_into_id <> id)),
  ADD CONSTRAINT finding_verified CHECK (
    NOT verified OR (confidence <> 'low' AND coalesce(confidence_factors ->> 'control' = 'held', false)));

ALTER TABLE route_template
  ADD CONSTRAINT route_template_examples CHECK (examples > 0),
  ADD CONSTRAINT route_template_rejected CHECK ((rejected_at IS NULL) = (rejected_by IS NULL));

ALTER TABLE identity_override
  ADD CONSTRAINT identity_override_keys CHECK (dedupe_key <> resolves_to AND finding_id <> into_finding_id),
  ADD CONSTRAINT identity_override_places CHECK ((kind = 'split') = (cardinality(instance_keys) > 0)),
  ADD CONSTRAINT identity_override_words CHECK (btrim(reason) <> '' AND btrim(rule) <> ''),
  ADD CONSTRAINT identity_override_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL));

GRANT SELECT, INSERT, UPDATE ON route_template, identity_override TO picket_app;
-- An undone merge takes back what it lent.
GRANT DELETE ON attribution TO picket_app;
