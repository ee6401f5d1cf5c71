import { type ClaimedRun, type KeyRing, openAuthProfile, type Sql } from "@picket/db";
import { type AuthSession, createAuthSession } from "@picket/http";

/** The sessions that this worker has: one for each scan with an auth profile, shared by the scan's module runs here. */
export interface ScanSessions {
  /** Null: the scan has no auth profile. Throws as `openAuthProfile` does. */
  of(run: Pick<ClaimedRun, "scanId" | "authProfile">): Promise<AuthSession | null>;
}

/** How long after its last module run has begun a session is kept, ms: longer than the pause between two stages. */
const KEEP_MS = 3_600_000;

interface Kept {
  session: Promise<AuthSession>;
  usedAt: number;
}

/** Workers share no session: each logs in itself, and no credential is ever in Redis. */
export function createScanSessions({ sql, ring }: { sql: Sql; ring: KeyRing }): ScanSessions {
  const kept = new Map<string, Kept>();

  function forgetOld(): void {
    for (const [scanId, { usedAt }] of kept) if (Date.now() - usedAt > KEEP_MS) kept.delete(scanId);
  }

  return {
    async of({ scanId, authProfile }) {
      if (!authProfile) return null;
      forgetOld();
      const session =
        kept.get(scanId)?.session ?? openAuthProfile(sql, ring, authProfile).then(createAuthSession);
      kept.set(scanId, { session, usedAt: Date.now() });
      session.catch(() => kept.delete(scanId));
      return session;
    },
  };
}
