-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'auth_profile.created';
ALTER TYPE "audit_action" ADD VALUE 'auth_profile.updated';
ALTER TYPE "audit_action" ADD VALUE 'auth_profile.deleted';
ALTER TYPE "audit_action" ADD VALUE 'auth_profile.keys_rotated';

-- CreateEnum
CREATE TYPE "authentication" AS ENUM ('anonymous', 'authenticated', 'auth_lost');

-- The table had no writer before: nothing is lost, and columns without a default can be added.
DROP INDEX "auth_profile_target_id_name_key";
ALTER TABLE "auth_profile" DROP COLUMN "ciphertext",
DROP COLUMN "key_id",
DROP COLUMN "kind",
DROP COLUMN "nonce",
ADD COLUMN     "created_by" TEXT NOT NULL,
ADD COLUMN     "deleted_at" TIMESTAMPTZ(6),
ADD COLUMN     "destructive_words" TEXT[],
ADD COLUMN     "origin" TEXT NOT NULL,
ADD COLUMN     "recipe" JSONB NOT NULL;

-- CreateTable
CREATE TABLE "auth_secret" (
    "profile_id" UUID NOT NULL,
    "field" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_secret_pkey" PRIMARY KEY ("profile_id","field")
);

-- AlterTable
ALTER TABLE "coverage" ADD COLUMN     "authentication" "authentication" NOT NULL DEFAULT 'anonymous';
ALTER TABLE "fetch" ADD COLUMN     "authenticated" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "scan" ADD COLUMN     "auth_profile_id" UUID,
ADD COLUMN     "auth_profile_version" INTEGER,
ADD COLUMN     "authenticated" BOOLEAN;
ALTER TABLE "schedule" ADD COLUMN     "auth_profile_id" UUID;

-- CreateIndex
CREATE INDEX "auth_profile_target_id_id_idx" ON "auth_profile"("target_id", "id");
CREATE UNIQUE INDEX auth_profile_name ON auth_profile (target_id, name) WHERE deleted_at IS NULL;
CREATE INDEX "auth_secret_key_id_idx" ON "auth_secret"("key_id");
CREATE INDEX "scan_auth_profile_id_idx" ON "scan"("auth_profile_id");

-- AddForeignKey
ALTER TABLE "auth_secret" ADD CONSTRAINT "auth_secret_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "auth_profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "scan" ADD CONSTRAINT "scan_auth_profile_id_fkey" FOREIGN KEY ("auth_profile_id") REFERENCES "auth_profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_auth_profile_id_fkey" FOREIGN KEY ("auth_profile_id") REFERENCES "auth_profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States that contradict each other cannot be stored -----------------------------------------------------------------

ALTER TABLE auth_secret
  ADD CONSTRAINT auth_secret_wrapped_key CHECK (octet_length(wrapped_key) = 60),
  ADD CONSTRAINT auth_secret_ciphertext CHECK (octet_length(ciphertext) > 28);
ALTER TABLE scan
  ADD CONSTRAINT scan_auth_profile CHECK ((auth_profile_id IS NULL) = (auth_profile_version IS NULL)),
  ADD CONSTRAINT scan_authenticated CHECK ((authenticated IS NOT NULL) = (auth_profile_id IS NOT NULL AND finished_at IS NOT NULL));
ALTER TABLE schedule
  ADD CONSTRAINT schedule_auth_profile CHECK (auth_profile_id IS NULL OR kind = 'scan');

-- A profile that was deleted stays as what scans refer to; its secrets do not.
REVOKE DELETE ON auth_profile FROM picket_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_secret TO picket_app;
