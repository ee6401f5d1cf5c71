/** `previousHash` of the first event: 64 zeros. */
export const AUDIT_GENESIS = "0".repeat(64);

export interface AuditChainLink {
  /** 1, 2, 3 … without a gap, in order of writing. */
  seq: string;
  /** Microseconds since 1970-01-01T00:00Z, decimal. */
  atMicros: string;
  actor: string;
  action: string;
  scanId: string;
  /** The jsonb value as Postgres prints it. */
  paramsText: string;
  previousHash: string;
}

/**
 * The text whose SHA-256 is the event's hash. The database computes the same in its insert trigger, so a verifier that
 * trusts neither can compare. Lengths are in Unicode code points there: so they are here.
 */
export function auditChainText(link: AuditChainLink): string {
  const parts = [
    link.seq,
    link.atMicros,
    link.actor,
    link.action,
    link.scanId,
    link.paramsText,
    link.previousHash,
  ];
  return parts.map((part) => `${[...part].length}:${part}`).join("");
}
