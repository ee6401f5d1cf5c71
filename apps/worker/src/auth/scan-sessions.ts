import {
  type AuthProfileVersion,
  type ClaimedRun,
  type KeyRing,
  openAuthProfile,
  type Sql,
} from "@picket/db";
import { type AuthSession, createAuthSession } from "@picket/http";

/** A scan's sessions here; null where it has no such auth profile. Each keeps the credentials of both masked. */
export interface SessionPair {
  session: AuthSession | null;
  comparison: AuthSession | null;
}

/** The sessions that this worker has: those of each scan with an auth profile, shared by the scan's module runs here. */
export interface ScanSessions {
  /** Throws as `openAuthProfile` does. */
  of(run: Pick<ClaimedRun, "scanId" | "authProfile" | "comparisonAuthProfile">): Promise<SessionPair>;
}

/** How long after its last module run has begun a session is kept, ms: longer than the pause between two stages. */
const KEEP_MS = 3_600_000;

interface Kept {
  sessions: Promise<SessionPair>;
  usedAt: number;
}

/** Workers share no session: each logs in itself, and no credential is ever in Redis. */
export function createScanSessions({ sql, ring }: { sql: Sql; ring: KeyRing }): ScanSessions {
  const kept = new Map<string, Kept>();

  function forgetOld(): void {
    for (const [scanId, { usedAt }] of kept) if (Date.now() - usedAt > KEEP_MS) kept.delete(scanId);
  }

  async function open(
    authProfile: AuthProfileVersion,
    other: AuthProfileVersion | null,
  ): Promise<SessionPair> {
    const session = createAuthSession(await openAuthProfile(sql, ring, authProfile));
    const comparison = other && createAuthSession(await openAuthProfile(sql, ring, other), session.mask);
    return { session, comparison };
  }

  return {
    async of({ scanId, authProfile, comparisonAuthProfile }) {
      if (!authProfile) return { session: null, comparison: null };
      forgetOld();
      const sessions = kept.get(scanId)?.sessions ?? open(authProfile, comparisonAuthProfile);
      kept.set(scanId, { sessions, usedAt: Date.now() });
      sessions.catch(() => kept.delete(scanId));
      return sessions;
    },
  };
}
