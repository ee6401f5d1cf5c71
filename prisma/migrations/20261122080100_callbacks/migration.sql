-- The callback listener: a capability of its own, and a proof that weighs less than a request.

ALTER TABLE scan DROP CONSTRAINT scan_capabilities,
  ADD CONSTRAINT scan_capabilities CHECK (profile_capabilities <@ ARRAY[
    'http:passive', 'http:active', 'http:intrusive', 'auth:use', 'auth:compare', 'tls:connect', 'callback:use',
    'dns:resolve', 'intel:read']);

ALTER TYPE "evidence_kind" ADD VALUE 'lookup' BEFORE 'version_banner';
