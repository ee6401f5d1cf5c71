-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'exception.extended';

-- AlterTable
ALTER TABLE "exception_record" ADD COLUMN     "stale_reported_at" TIMESTAMPTZ(6),
ADD COLUMN     "supersedes_id" UUID,
ALTER COLUMN "scope" DROP DEFAULT;

-- CreateIndex
CREATE INDEX "exception_record_supersedes_id_idx" ON "exception_record"("supersedes_id");

-- CreateIndex
CREATE INDEX "exception_record_status_expires_at_idx" ON "exception_record"("status", "expires_at");

-- AddForeignKey
ALTER TABLE "exception_record" ADD CONSTRAINT "exception_record_supersedes_id_fkey" FOREIGN KEY ("supersedes_id") REFERENCES "exception_record"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The same expression as in packages/db/src/exceptions/excepted-sql.ts: what of a finding an exception goes by.
CREATE INDEX exception_record_in_force ON exception_record
  (target_id, (CASE WHEN scope IN ('instance', 'finding') THEN finding_key ELSE finding_type END))
  WHERE status = 'approved';

-- What is `active` is a matter of the clock, so it is never written down.
UPDATE exception_record SET status = 'approved' WHERE status = 'active';

ALTER TABLE exception_record
  ADD CONSTRAINT exception_status_stored CHECK (status <> 'active'),
  -- 365 days; hours, because a day's length depends on the session's time zone.
  ADD CONSTRAINT exception_term CHECK (expires_at <= created_at + interval '8760 hours'),
  ADD CONSTRAINT exception_supersedes CHECK (supersedes_id <> id),
  DROP CONSTRAINT exception_decided,
  -- Without a decision a proposal expires as well.
  ADD CONSTRAINT exception_decided CHECK ((approver IS NULL) = (decided_at IS NULL) AND
    CASE status
      WHEN 'proposed' THEN approver IS NULL
      WHEN 'expired' THEN true
      ELSE approver IS NOT NULL
    END);

-- Who asked for what, why and until when stays as it was reviewed: another term is another row.
REVOKE UPDATE ON exception_record FROM picket_app;
GRANT UPDATE (status, approver, decided_at, covers_until, reminded, stale_reported_at,
              finding_key, instance_key, route) ON exception_record TO picket_app;
