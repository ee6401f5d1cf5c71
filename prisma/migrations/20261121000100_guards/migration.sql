-- States that contradict each other cannot be stored, facts cannot be rewritten, audit events are chained.

-- Target, scope ------------------------------------------------------------------------------------------------------

ALTER TABLE target
  ADD CONSTRAINT target_budget_rps CHECK (budget_rps > 0 AND budget_rps <= 10000),
  ADD CONSTRAINT target_budget_concurrency CHECK (budget_concurrency BETWEEN 1 AND 1000),
  ADD CONSTRAINT target_budget_max_runtime CHECK (budget_max_runtime_seconds BETWEEN 1 AND 604800),
  ADD CONSTRAINT target_budget_max_requests CHECK (budget_max_requests BETWEEN 1 AND 10000000);

ALTER TABLE scope_entry
  ADD CONSTRAINT scope_entry_ports CHECK (cardinality(ports) > 0),
  ADD CONSTRAINT scope_entry_reason CHECK (btrim(reason) <> ''),
  ADD CONSTRAINT scope_entry_removed CHECK ((removed_at IS NULL) = (removed_by IS NULL));

-- Scan, module run ---------------------------------------------------------------------------------------------------

ALTER TABLE scan
  ADD CONSTRAINT scan_started CHECK (
    CASE status WHEN 'queued' THEN started_at IS NULL WHEN 'running' THEN started_at IS NOT NULL ELSE true END),
  ADD CONSTRAINT scan_finished CHECK ((status NOT IN ('queued', 'running')) = (finished_at IS NOT NULL)),
  ADD CONSTRAINT scan_cancel_request CHECK ((cancel_requested_at IS NULL) = (cancel_requested_by IS NULL)),
  ADD CONSTRAINT scan_cancelled CHECK (status <> 'cancelled' OR cancel_requested_at IS NOT NULL),
  ADD CONSTRAINT scan_baseline CHECK (baseline_scan_id <> id),
  ADD CONSTRAINT scan_hash CHECK (config_hash ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT scan_capabilities CHECK (profile_capabilities <@ ARRAY[
    'http:passive', 'http:active', 'http:intrusive', 'auth:use', 'tls:connect', 'dns:resolve', 'intel:read']);

ALTER TABLE module_run
  ADD CONSTRAINT module_run_finished CHECK ((status NOT IN ('queued', 'running')) = (finished_at IS NOT NULL)),
  ADD CONSTRAINT module_run_lease CHECK ((status = 'running') = (lease_until IS NOT NULL)),
  ADD CONSTRAINT module_run_running CHECK (
    status <> 'running' OR (attempt > 0 AND worker_id IS NOT NULL AND started_at IS NOT NULL)),
  ADD CONSTRAINT module_run_skipped CHECK (status <> 'skipped' OR (attempt = 0 AND started_at IS NULL)),
  ADD CONSTRAINT module_run_reason CHECK (status NOT IN ('skipped', 'failed', 'timed_out', 'cancelled') OR reason IS NOT NULL),
  ADD CONSTRAINT module_run_exit_reason CHECK (
    CASE status
      WHEN 'succeeded' THEN exit_reason IS NOT DISTINCT FROM 'completed'
      WHEN 'partially_succeeded' THEN exit_reason IS NOT NULL
      WHEN 'failed' THEN coalesce(exit_reason IN ('failed', 'out_of_memory', 'protocol_error', 'crashed'), false)
      WHEN 'timed_out' THEN coalesce(exit_reason, 'timed_out') = 'timed_out'
      WHEN 'cancelled' THEN coalesce(exit_reason, 'cancelled') = 'cancelled'
      ELSE exit_reason IS NULL
    END);

-- Fetch, evidence ----------------------------------------------------------------------------------------------------

ALTER TABLE "fetch"
  ADD CONSTRAINT fetch_outcome CHECK ((status IS NULL) = (failure IS NOT NULL)),
  ADD CONSTRAINT fetch_body CHECK ((body_path IS NULL) = (body_hash IS NULL)),
  ADD CONSTRAINT fetch_storage_mode CHECK (body_path IS NULL OR storage_mode <> 'none'),
  ADD CONSTRAINT fetch_truncated CHECK (NOT truncated OR storage_reason IS NOT NULL);

ALTER TABLE evidence
  ADD CONSTRAINT evidence_control CHECK ((kind = 'negative_control') = (control_held IS NOT NULL)),
  ADD CONSTRAINT evidence_hash CHECK (hash ~ '^[0-9a-f]{64}$');

-- Finding ------------------------------------------------------------------------------------------------------------

ALTER TABLE finding
  ADD CONSTRAINT finding_dedupe_key CHECK (dedupe_key ~ '^v[0-9]+:[0-9a-f]{64}$'),
  ADD CONSTRAINT finding_fixed CHECK ((status = 'fixed') = (fixed_at IS NOT NULL)),
  ADD CONSTRAINT finding_deleted CHECK ((status = 'soft_deleted') = (deleted_at IS NOT NULL)),
  ADD CONSTRAINT finding_evidence CHECK (cardinality(evidence_ids) > 0),
  ADD CONSTRAINT finding_confidence_score CHECK (confidence_score BETWEEN 0 AND 100),
  ADD CONSTRAINT finding_confidence CHECK (
    confidence = CASE WHEN confidence_score >= 85 THEN 'high' WHEN confidence_score >= 70 THEN 'medium' ELSE 'low' END::confidence);

ALTER TABLE instance
  ADD CONSTRAINT instance_parameter CHECK ((parameter_name IS NULL) = (parameter_in IS NULL));

ALTER TABLE observation
  ADD CONSTRAINT observation_evidence CHECK (cardinality(evidence_ids) > 0);

ALTER TABLE tech_component ADD CONSTRAINT tech_component_confidence CHECK (confidence BETWEEN 0 AND 100);
ALTER TABLE cve_candidate ADD CONSTRAINT cve_candidate_confidence CHECK (confidence BETWEEN 0 AND 100);

ALTER TABLE exception_record
  ADD CONSTRAINT exception_expiry CHECK (expires_at > created_at),
  ADD CONSTRAINT exception_words CHECK (btrim(reason) <> '' AND btrim(owner) <> ''),
  ADD CONSTRAINT exception_four_eyes CHECK (approver <> requested_by),
  ADD CONSTRAINT exception_decided CHECK (
    CASE status
      WHEN 'proposed' THEN approver IS NULL AND decided_at IS NULL
      WHEN 'revoked' THEN true
      ELSE approver IS NOT NULL AND decided_at IS NOT NULL
    END);

-- Audit --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION audit_part(part text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
  $$ SELECT char_length(part) || ':' || part $$;

-- The same text as auditChainText in packages/core.
CREATE FUNCTION audit_hash(event audit_event) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(
    audit_part(event.seq::text)
    || audit_part((extract(epoch FROM event.at) * 1000000)::bigint::text)
    || audit_part(event.actor)
    || audit_part(event.action::text)
    || audit_part(coalesce(event.scan_id::text, ''))
    || audit_part(event.params::text)
    || audit_part(event.previous_hash), 'UTF8')), 'hex')
$$;

-- Numbers and links are given under a lock, in the order of writing, so the chain has neither gap nor fork.
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last audit_event;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('audit_event'));
  SELECT * INTO last FROM audit_event ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.previous_hash := coalesce(last.hash, repeat('0', 64));
  NEW.hash := audit_hash(NEW);
  RETURN NEW;
END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Roles --------------------------------------------------------------------------------------------------------------

-- The application logs in as a member of this role; tables belong to the role that migrates.
DO $$
BEGIN
  CREATE ROLE picket_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;

GRANT USAGE ON SCHEMA public TO picket_app;
GRANT SELECT, INSERT, UPDATE ON
  project, target, auth_profile, scope_entry, plugin_release, scan, module_run, endpoint, scan_endpoint, finding, instance,
  exception_record, tech_component, cve_candidate, api_token, idempotency_key, outbox_event
TO picket_app;
GRANT DELETE ON auth_profile, idempotency_key, outbox_event TO picket_app;
-- Facts: written once.
GRANT SELECT, INSERT ON "fetch", evidence, observation, audit_event TO picket_app;
