-- CreateEnum
CREATE TYPE "role" AS ENUM ('viewer', 'operator', 'approver', 'admin');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('scan.started', 'scan.completed', 'scan.cancelled', 'module.run', 'export.generated', 'exception.created', 'exception.approved', 'exception.rejected', 'exception.revoked', 'exception.expired', 'recheck.triggered', 'project.created', 'project.updated', 'target.created', 'target.updated', 'target.deleted', 'scope.added', 'scope.removed', 'token.created', 'token.revoked');

-- CreateEnum
CREATE TYPE "cve_candidate_status" AS ENUM ('potential', 'affected', 'not_affected', 'verified');

-- CreateEnum
CREATE TYPE "fetch_origin" AS ENUM ('broker', 'plugin');

-- CreateEnum
CREATE TYPE "evidence_kind" AS ENUM ('observation', 'content_proof', 'pattern', 'version_banner', 'negative_control');

-- CreateEnum
CREATE TYPE "severity" AS ENUM ('critical', 'high', 'medium', 'low', 'info');

-- CreateEnum
CREATE TYPE "confidence" AS ENUM ('low', 'medium', 'high');

-- CreateEnum
CREATE TYPE "finding_status" AS ENUM ('open', 'fixed', 'soft_deleted');

-- CreateEnum
CREATE TYPE "root_cause_level" AS ENUM ('target', 'route', 'parameter', 'component');

-- CreateEnum
CREATE TYPE "exception_status" AS ENUM ('proposed', 'approved', 'rejected', 'active', 'expired', 'revoked');

-- CreateEnum
CREATE TYPE "storage_mode" AS ENUM ('none', 'sampled', 'full');

-- CreateEnum
CREATE TYPE "scan_mode" AS ENUM ('interactive', 'scheduled', 'recheck');

-- CreateEnum
CREATE TYPE "scan_status" AS ENUM ('queued', 'running', 'succeeded', 'partially_succeeded', 'failed', 'cancelled', 'timed_out');

-- CreateEnum
CREATE TYPE "module_run_status" AS ENUM ('queued', 'running', 'succeeded', 'partially_succeeded', 'failed', 'cancelled', 'timed_out', 'skipped');

-- CreateEnum
CREATE TYPE "exit_reason" AS ENUM ('completed', 'failed', 'timed_out', 'cancelled', 'out_of_memory', 'protocol_error', 'crashed');

-- CreateEnum
CREATE TYPE "stage" AS ENUM ('discover', 'inspect', 'probe', 'correlate');

-- CreateEnum
CREATE TYPE "isolation_level" AS ENUM ('sandbox', 'permission');

-- CreateEnum
CREATE TYPE "environment" AS ENUM ('production', 'staging', 'test', 'development');

-- CreateEnum
CREATE TYPE "criticality" AS ENUM ('very_low', 'low', 'medium', 'high', 'very_high');

-- CreateEnum
CREATE TYPE "data_sensitivity" AS ENUM ('public', 'internal', 'confidential', 'restricted');

-- CreateEnum
CREATE TYPE "exposure" AS ENUM ('internet', 'partner', 'internal', 'isolated');

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "prefix" TEXT NOT NULL,
    "token_hash" CHAR(64) NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "token_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" CHAR(64) NOT NULL,
    "status" INTEGER,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("token_id","key")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" "audit_action" NOT NULL,
    "scan_id" UUID,
    "params" JSONB NOT NULL DEFAULT '{}',
    "previous_hash" CHAR(64) NOT NULL,
    "hash" CHAR(64) NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "outbox_event" (
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(6),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "outbox_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tech_component" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT,
    "cpe" TEXT,
    "confidence" SMALLINT NOT NULL,
    "evidence_ids" UUID[],
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tech_component_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cve_candidate" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "linked_component_id" UUID NOT NULL,
    "cpe" TEXT,
    "cve_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "confidence" SMALLINT NOT NULL,
    "status" "cve_candidate_status" NOT NULL DEFAULT 'potential',
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cve_candidate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoint" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "method" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "params_hash" CHAR(64) NOT NULL,
    "endpoint_key" CHAR(64) NOT NULL,
    "parameters" JSONB NOT NULL DEFAULT '[]',
    "source" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scan_endpoint" (
    "scan_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "module_run_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "scan_endpoint_pkey" PRIMARY KEY ("scan_id","endpoint_id")
);

-- CreateTable
CREATE TABLE "fetch" (
    "id" UUID NOT NULL,
    "scan_id" UUID NOT NULL,
    "module_run_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "origin" "fetch_origin" NOT NULL,
    "method" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "status" INTEGER,
    "failure" TEXT,
    "response_meta" JSONB NOT NULL,
    "redirected_from_id" UUID,
    "storage_mode" "storage_mode" NOT NULL,
    "body_path" TEXT,
    "body_hash" CHAR(64),
    "body_size" BIGINT NOT NULL DEFAULT 0,
    "redaction_version" INTEGER NOT NULL,
    "truncated" BOOLEAN NOT NULL,
    "storage_reason" TEXT,
    "started_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "fetch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "evidence" (
    "id" UUID NOT NULL,
    "scan_id" UUID NOT NULL,
    "module_run_id" UUID NOT NULL,
    "fetch_id" UUID,
    "kind" "evidence_kind" NOT NULL,
    "snippet" TEXT NOT NULL,
    "location" JSONB NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "control_held" BOOLEAN,
    "details" JSONB NOT NULL DEFAULT '{}',
    "redaction_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "finding" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "root_cause_level" "root_cause_level" NOT NULL,
    "root_cause_key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "severity" "severity" NOT NULL,
    "confidence" "confidence" NOT NULL,
    "confidence_score" SMALLINT NOT NULL,
    "confidence_factors" JSONB NOT NULL,
    "status" "finding_status" NOT NULL DEFAULT 'open',
    "remediation" TEXT NOT NULL,
    "references" JSONB NOT NULL DEFAULT '[]',
    "cwe_id" INTEGER,
    "cve_id" TEXT,
    "evidence_ids" UUID[],
    "source_module" TEXT NOT NULL,
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fixed_at" TIMESTAMPTZ(6),
    "deleted_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "finding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instance" (
    "id" UUID NOT NULL,
    "finding_id" UUID NOT NULL,
    "instance_key" CHAR(64) NOT NULL,
    "method" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "parameter_name" TEXT,
    "parameter_in" TEXT,
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "observation" (
    "id" UUID NOT NULL,
    "finding_id" UUID NOT NULL,
    "instance_id" UUID NOT NULL,
    "scan_id" UUID NOT NULL,
    "module_run_id" UUID NOT NULL,
    "severity" "severity" NOT NULL,
    "title" TEXT NOT NULL,
    "evidence_ids" UUID[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "observation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "exception_record" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "finding_key" TEXT NOT NULL,
    "status" "exception_status" NOT NULL DEFAULT 'proposed',
    "reason" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "ticket" TEXT,
    "requested_by" TEXT NOT NULL,
    "approver" TEXT,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "decided_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "exception_record_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plugin_release" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "code_digest" CHAR(64) NOT NULL,
    "manifest" JSONB NOT NULL,
    "origin" TEXT NOT NULL,
    "registered_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plugin_release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scan" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "mode" "scan_mode" NOT NULL DEFAULT 'interactive',
    "profile_name" TEXT NOT NULL,
    "profile_capabilities" TEXT[],
    "storage_mode" "storage_mode" NOT NULL,
    "status" "scan_status" NOT NULL DEFAULT 'queued',
    "baseline_scan_id" UUID,
    "config_hash" CHAR(64) NOT NULL,
    "engine_version" TEXT NOT NULL,
    "isolation_level" "isolation_level",
    "deadline" TIMESTAMPTZ(6) NOT NULL,
    "health" JSONB NOT NULL DEFAULT '[]',
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "cancel_requested_at" TIMESTAMPTZ(6),
    "cancel_requested_by" TEXT,

    CONSTRAINT "scan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "module_run" (
    "id" UUID NOT NULL,
    "scan_id" UUID NOT NULL,
    "plugin" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "code_digest" CHAR(64) NOT NULL,
    "config" JSONB NOT NULL,
    "config_hash" CHAR(64) NOT NULL,
    "stage" "stage" NOT NULL,
    "status" "module_run_status" NOT NULL DEFAULT 'queued',
    "exit_reason" "exit_reason",
    "reason" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "worker_id" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "isolation_level" "isolation_level",
    "counters" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "module_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "base_url" TEXT NOT NULL,
    "environment" "environment" NOT NULL,
    "owner" TEXT,
    "team" TEXT,
    "criticality" "criticality" NOT NULL DEFAULT 'medium',
    "data_sensitivity" "data_sensitivity" NOT NULL DEFAULT 'internal',
    "exposure" "exposure" NOT NULL DEFAULT 'internal',
    "budget_rps" DOUBLE PRECISION NOT NULL DEFAULT 10,
    "budget_concurrency" INTEGER NOT NULL DEFAULT 4,
    "budget_max_runtime_seconds" INTEGER NOT NULL DEFAULT 3600,
    "budget_max_requests" INTEGER NOT NULL DEFAULT 10000,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_profile" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "key_id" TEXT NOT NULL,
    "nonce" BYTEA NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "probe" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_profile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scope_entry" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "pattern" TEXT NOT NULL,
    "ports" TEXT[],
    "added_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_by" TEXT,
    "removed_at" TIMESTAMPTZ(6),

    CONSTRAINT "scope_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_token_prefix_key" ON "api_token"("prefix");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_token_hash_key" ON "api_token"("token_hash");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_hash_key" ON "audit_event"("hash");

-- CreateIndex
CREATE INDEX "audit_event_scan_id_seq_idx" ON "audit_event"("scan_id", "seq");

-- CreateIndex
CREATE INDEX "audit_event_action_seq_idx" ON "audit_event"("action", "seq");

-- CreateIndex
CREATE INDEX "outbox_event_delivered_at_id_idx" ON "outbox_event"("delivered_at", "id");

-- CreateIndex
-- A component without a version is one row too.
CREATE UNIQUE INDEX "tech_component_target_id_name_version_key" ON "tech_component"("target_id", "name", "version") NULLS NOT DISTINCT;

-- CreateIndex
CREATE INDEX "cve_candidate_target_id_id_idx" ON "cve_candidate"("target_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "cve_candidate_linked_component_id_cve_id_source_key" ON "cve_candidate"("linked_component_id", "cve_id", "source");

-- CreateIndex
CREATE INDEX "endpoint_target_id_route_idx" ON "endpoint"("target_id", "route");

-- CreateIndex
CREATE UNIQUE INDEX "endpoint_target_id_endpoint_key_key" ON "endpoint"("target_id", "endpoint_key");

-- CreateIndex
CREATE INDEX "scan_endpoint_endpoint_id_idx" ON "scan_endpoint"("endpoint_id");

-- CreateIndex
CREATE INDEX "fetch_scan_id_id_idx" ON "fetch"("scan_id", "id");

-- CreateIndex
CREATE INDEX "fetch_module_run_id_idx" ON "fetch"("module_run_id");

-- CreateIndex
CREATE INDEX "evidence_scan_id_id_idx" ON "evidence"("scan_id", "id");

-- CreateIndex
CREATE INDEX "evidence_fetch_id_idx" ON "evidence"("fetch_id");

-- CreateIndex
CREATE UNIQUE INDEX "evidence_module_run_id_hash_key" ON "evidence"("module_run_id", "hash");

-- CreateIndex
CREATE INDEX "finding_status_severity_id_idx" ON "finding"("status", "severity", "id");

-- CreateIndex
CREATE INDEX "finding_target_id_status_severity_id_idx" ON "finding"("target_id", "status", "severity", "id");

-- CreateIndex
CREATE INDEX "finding_target_id_first_seen_scan_id_idx" ON "finding"("target_id", "first_seen_scan_id");

-- CreateIndex
CREATE UNIQUE INDEX "finding_target_id_dedupe_key_key" ON "finding"("target_id", "dedupe_key");

-- CreateIndex
CREATE INDEX "instance_finding_id_id_idx" ON "instance"("finding_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "instance_finding_id_instance_key_key" ON "instance"("finding_id", "instance_key");

-- CreateIndex
CREATE INDEX "observation_finding_id_id_idx" ON "observation"("finding_id", "id");

-- CreateIndex
CREATE INDEX "observation_scan_id_finding_id_idx" ON "observation"("scan_id", "finding_id");

-- CreateIndex
CREATE UNIQUE INDEX "observation_module_run_id_instance_id_key" ON "observation"("module_run_id", "instance_id");

-- CreateIndex
CREATE INDEX "exception_record_project_id_id_idx" ON "exception_record"("project_id", "id");

-- CreateIndex
CREATE INDEX "exception_record_target_id_finding_key_idx" ON "exception_record"("target_id", "finding_key");

-- CreateIndex
CREATE INDEX "plugin_release_name_last_seen_at_idx" ON "plugin_release"("name", "last_seen_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "plugin_release_name_code_digest_key" ON "plugin_release"("name", "code_digest");

-- CreateIndex
CREATE UNIQUE INDEX "project_name_key" ON "project"("name");

-- CreateIndex
CREATE INDEX "scan_target_id_id_idx" ON "scan"("target_id", "id");

-- CreateIndex
CREATE INDEX "scan_status_id_idx" ON "scan"("status", "id");

-- CreateIndex
CREATE INDEX "module_run_status_lease_until_idx" ON "module_run"("status", "lease_until");

-- CreateIndex
CREATE UNIQUE INDEX "module_run_scan_id_plugin_key" ON "module_run"("scan_id", "plugin");

-- CreateIndex
CREATE INDEX "target_project_id_id_idx" ON "target"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "auth_profile_target_id_name_key" ON "auth_profile"("target_id", "name");

-- CreateIndex
CREATE INDEX "scope_entry_project_id_id_idx" ON "scope_entry"("project_id", "id");

-- AddForeignKey
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tech_component" ADD CONSTRAINT "tech_component_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cve_candidate" ADD CONSTRAINT "cve_candidate_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cve_candidate" ADD CONSTRAINT "cve_candidate_linked_component_id_fkey" FOREIGN KEY ("linked_component_id") REFERENCES "tech_component"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_endpoint" ADD CONSTRAINT "scan_endpoint_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_endpoint" ADD CONSTRAINT "scan_endpoint_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "endpoint"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_endpoint" ADD CONSTRAINT "scan_endpoint_module_run_id_fkey" FOREIGN KEY ("module_run_id") REFERENCES "module_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fetch" ADD CONSTRAINT "fetch_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fetch" ADD CONSTRAINT "fetch_module_run_id_fkey" FOREIGN KEY ("module_run_id") REFERENCES "module_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_module_run_id_fkey" FOREIGN KEY ("module_run_id") REFERENCES "module_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_fetch_id_fkey" FOREIGN KEY ("fetch_id") REFERENCES "fetch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "finding" ADD CONSTRAINT "finding_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instance" ADD CONSTRAINT "instance_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observation" ADD CONSTRAINT "observation_finding_id_fkey" FOREIGN KEY ("finding_id") REFERENCES "finding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observation" ADD CONSTRAINT "observation_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "instance"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observation" ADD CONSTRAINT "observation_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observation" ADD CONSTRAINT "observation_module_run_id_fkey" FOREIGN KEY ("module_run_id") REFERENCES "module_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "exception_record" ADD CONSTRAINT "exception_record_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan" ADD CONSTRAINT "scan_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan" ADD CONSTRAINT "scan_baseline_scan_id_fkey" FOREIGN KEY ("baseline_scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "module_run" ADD CONSTRAINT "module_run_scan_id_fkey" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target" ADD CONSTRAINT "target_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_profile" ADD CONSTRAINT "auth_profile_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scope_entry" ADD CONSTRAINT "scope_entry_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
