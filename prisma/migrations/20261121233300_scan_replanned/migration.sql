-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'scan.replanned';
