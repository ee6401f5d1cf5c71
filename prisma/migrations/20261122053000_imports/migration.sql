-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'endpoints.imported';

-- Every page of a scan's endpoints asks for those that a person imported.
CREATE INDEX "endpoint_target_id_source_idx" ON "endpoint" ("target_id", "source");
