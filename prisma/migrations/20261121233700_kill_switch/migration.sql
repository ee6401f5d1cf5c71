ALTER TYPE "audit_action" ADD VALUE 'scans.cancelled';
