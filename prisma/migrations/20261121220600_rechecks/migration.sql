-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'recheck.cancelled';

-- One recheck of a finding runs and one waits at most -----------------------------------------------------------------

UPDATE recheck r SET verdict = 'inconclusive', reason = 'cancelled', finished_at = now()
WHERE r.finished_at IS NULL AND EXISTS (
  SELECT 1 FROM recheck o
  WHERE o.finding_id = r.finding_id AND o.finished_at IS NULL AND (o.scan_id IS NULL) = (r.scan_id IS NULL) AND o.id > r.id);

CREATE UNIQUE INDEX recheck_one_running ON recheck (finding_id) WHERE finished_at IS NULL AND scan_id IS NOT NULL;
CREATE UNIQUE INDEX recheck_one_waiting ON recheck (finding_id) WHERE finished_at IS NULL AND scan_id IS NULL;
