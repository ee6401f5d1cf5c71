-- AlterTable
ALTER TABLE "scan" ADD COLUMN     "comparison_auth_profile_id" UUID,
ADD COLUMN     "comparison_auth_profile_version" INTEGER;

-- CreateIndex
CREATE INDEX "scan_comparison_auth_profile_id_idx" ON "scan"("comparison_auth_profile_id");

-- AddForeignKey
ALTER TABLE "scan" ADD CONSTRAINT "scan_comparison_auth_profile_id_fkey" FOREIGN KEY ("comparison_auth_profile_id") REFERENCES "auth_profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States that contradict each other cannot be stored -----------------------------------------------------------------

ALTER TABLE scan
  ADD CONSTRAINT scan_comparison CHECK (
    (comparison_auth_profile_id IS NULL) = (comparison_auth_profile_version IS NULL)),
  ADD CONSTRAINT scan_compared CHECK (
    comparison_auth_profile_id IS NULL OR coalesce(comparison_auth_profile_id <> auth_profile_id, false)),
  DROP CONSTRAINT scan_capabilities,
  ADD CONSTRAINT scan_capabilities CHECK (profile_capabilities <@ ARRAY[
    'http:passive', 'http:active', 'http:intrusive', 'auth:use', 'auth:compare', 'tls:connect', 'dns:resolve',
    'intel:read']);
