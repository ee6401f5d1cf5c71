import { type AuthFacts, destructiveWord, parseWebUrl, type WebUrl } from "@picket/core";
import { createDeadline, type Deadline } from "../deadline.ts";
import type { WireRequest } from "../exchange.ts";
import { FetchError, outOfScope } from "../fetch-error.ts";
import type { Fetcher, FetchPurpose } from "../fetcher.ts";
import { login } from "./login.ts";
import { LoginError } from "./login-steps.ts";
import { type AuthSession, holds } from "./session.ts";

/** One module run's use of a session. */
export interface Authenticator {
  /** Sends with the session, and logs in again when it was lost. */
  fetch: Fetcher;
  /** Logs in unless another module run has, and proves the session. Null, or why there is none. */
  start(purpose: FetchPurpose, deadline: Deadline): Promise<string | null>;
  /** Proves the session once more. */
  end(purpose: FetchPurpose, deadline: Deadline): Promise<void>;
  facts(): AuthFacts;
}

/** Logins after the first that one worker makes for a scan. */
const MAX_RENEWALS = 20;
/** A proof is good for so long in a folder whose pages ask for a login although the session is there, ms. */
const PROOF_TTL_MS = 1_000;
/** A session is proven at least so often while it is used: what a loss puts in doubt is never more, ms. */
const PROOF_EVERY_MS = 30_000;

const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** `direct` reaches the places that logins and probes go to, `fetch` what scans may reach. */
export function createAuthenticator(
  session: AuthSession,
  { fetch, direct }: { fetch: Fetcher; direct: Fetcher },
): Authenticator {
  const { profile } = session;
  const tally = {
    logins: 0,
    failedLogins: 0,
    probes: 0,
    failedProbes: 0,
    provenAtStart: false,
    provenAtEnd: false,
  };
  let doubtsBefore = 0;

  async function logIn(purpose: FetchPurpose, deadline: Deadline): Promise<void> {
    session.clear();
    const result = await login(profile, (wire) =>
      direct(
        session.isHome(wire.url) ? session.withCredentials(wire) : wire,
        { ...purpose, role: "login", storage: "none" },
        deadline,
      ),
    );
    session.begin(result);
    tally.logins += 1;
  }

  function probeRequest(): WireRequest {
    const url = parseWebUrl(profile.probe.url, profile.origin);
    return { url, method: "GET", headers: [["accept", "*/*"]] };
  }

  /** What the probe's answer lacks to prove a session; null: nothing. */
  async function lackOf(
    wire: WireRequest,
    purpose: FetchPurpose,
    deadline: Deadline,
  ): Promise<string | null> {
    const { status, contains, loggedOut } = profile.probe;
    const response = await direct(wire, { ...purpose, role: "probe" }, deadline);
    if (response.status !== status) return `it answers ${response.status} instead of ${status}`;
    if (contains !== undefined && !holds(response, contains)) return "it lacks what `contains` names";
    return loggedOut !== undefined && holds(response, loggedOut) ? "it shows what `loggedOut` names" : null;
  }

  /** As `lackOf`, with the session. */
  async function probe(purpose: FetchPurpose, deadline: Deadline): Promise<string | null> {
    const at = Date.now();
    tally.probes += 1;
    const lack = await lackOf(
      session.withCredentials(probeRequest()),
      { ...purpose, authenticated: true },
      deadline,
    );
    if (lack === null) session.prove(at);
    else tally.failedProbes += 1;
    return lack;
  }

  /** Null, or why there is no session. One that cannot be had is not tried for again: a wrong password locks accounts. */
  async function renew(purpose: FetchPurpose, deadline: Deadline): Promise<string | null> {
    if (session.epoch > MAX_RENEWALS) return lose(`it was lost ${MAX_RENEWALS} times`);
    try {
      await logIn(purpose, deadline);
    } catch (error) {
      tally.failedLogins += 1;
      if (error instanceof LoginError) return lose(error.message);
      if (error instanceof FetchError && error.reason !== "cancelled")
        return lose(`the login failed: ${error.reason}`);
      throw error;
    }
    const lack = await probe(purpose, deadline);
    if (lack === null) return null;
    tally.failedLogins += 1;
    return lose(`the probe does not show that the login worked: ${lack}`);
  }

  function lose(reason: string): string {
    session.lose();
    return reason;
  }

  /** A proof that an anonymous visitor gives as well proves nothing. */
  async function isTelling(purpose: FetchPurpose, deadline: Deadline): Promise<boolean> {
    return (await lackOf(probeRequest(), purpose, deadline)) !== null;
  }

  async function establish(purpose: FetchPurpose, deadline: Deadline): Promise<string | null> {
    if (session.isLost) return "it was lost before";
    if (session.epoch === 0 && !(await isTelling(purpose, deadline))) {
      tally.failedLogins += 1;
      return lose("the probe succeeds without a login too, so it proves nothing");
    }
    if (session.epoch > 0 && (await probe(purpose, deadline)) === null) return null;
    return session.epoch > 0 ? renewInDoubt(purpose, deadline) : renew(purpose, deadline);
  }

  /** Whether the session is known to be there although the page asks for a login, as one for other users does. */
  function isForOthers({ folder, seenAt }: SignOfLoss): boolean {
    if (session.provenAt > seenAt) return true;
    return session.foldersForOthers.has(folder) && Date.now() - session.provenAt < PROOF_TTL_MS;
  }

  /** After a sign of loss: whether the request is worth sending again. */
  async function recover(sign: SignOfLoss, purpose: FetchPurpose, deadline: Deadline): Promise<boolean> {
    return session.exclusive(async () => {
      if (session.isLost) throw lost();
      if (session.epoch !== sign.epoch) return true;
      if (isForOthers(sign)) return false;
      if ((await probe(purpose, deadline)) === null) {
        session.foldersForOthers.add(sign.folder);
        return false;
      }
      if ((await renewInDoubt(purpose, deadline)) !== null) throw lost();
      return true;
    });
  }

  /** What was looked at since the last proof is in doubt. */
  async function renewInDoubt(purpose: FetchPurpose, deadline: Deadline): Promise<string | null> {
    const from = session.provenAt;
    const problem = await renew(purpose, deadline);
    session.doubt({ from, to: problem === null ? Date.now() : null });
    return problem;
  }

  /** A session that ended just before its last proof is had again: only what was seen since the proof before is in doubt. */
  async function proveAgain(purpose: FetchPurpose, deadline: Deadline): Promise<boolean> {
    if (session.isLost) return false;
    return (await probe(purpose, deadline)) === null || (await renewInDoubt(purpose, deadline)) === null;
  }

  async function keepFresh(purpose: FetchPurpose, deadline: Deadline): Promise<void> {
    const isStale = () => session.isExpiring() || Date.now() - session.provenAt > PROOF_EVERY_MS;
    if (session.isLost) throw lost();
    if (!isStale()) return;
    await session.exclusive(async () => {
      if (!isStale()) return;
      if (!session.isExpiring() && (await probe(purpose, deadline)) === null) return;
      // A token that is renewed before its end leaves nothing in doubt.
      const again = session.isExpiring() ? renew : renewInDoubt;
      if ((await again(purpose, deadline)) !== null) throw lost();
    });
  }

  const authorized: Fetcher = async (wire, purpose, deadline) => {
    if (!session.isHome(wire.url)) return fetch(wire, purpose, deadline);
    const word = destructiveWord(wire.url, profile.destructiveWords);
    if (word !== null) throw outOfScope("destructive", `not sent while logged in: the URL says ${word}`);
    for (let repeats: string | undefined; ; ) {
      await aside(deadline, (own) => keepFresh(purpose, own));
      const { epoch } = session;
      const sentAt = Date.now();
      const own = { ...purpose, authenticated: true, ...(repeats !== undefined && { repeats }) };
      const sent = await fetch(session.withCredentials(wire), own, deadline);
      if (!session.looksLost(sent)) {
        if (session.showsProof(sent) && session.epoch === epoch) session.prove(sentAt);
        return sent;
      }
      const sign = { epoch, folder: folderOf(wire.url), seenAt: Date.now() };
      const isWorthIt = await aside(deadline, (own) => recover(sign, purpose, own));
      if (!isWorthIt || repeats !== undefined || !REPEATABLE.has(wire.method)) return sent;
      repeats = sent.fetchId;
    }
  };

  return {
    fetch: authorized,
    async start(purpose, deadline) {
      const problem = await session.exclusive(() => establish(purpose, deadline));
      doubtsBefore = session.doubts.length;
      tally.provenAtStart = problem === null;
      return problem;
    },
    async end(purpose, deadline) {
      if (!tally.provenAtStart || session.isLost) return;
      tally.provenAtEnd = await session
        .exclusive(() => proveAgain(purpose, deadline))
        .catch(() => {
          session.doubt({ from: session.provenAt, to: null });
          return false;
        });
    },
    facts: () => ({
      ...tally,
      isLost: session.isLost,
      doubts: session.doubts.slice(doubtsBefore),
      unmaskedCookies: [...session.unmaskedCookies],
    }),
  };
}

/** A response that looks as if the session had ended. */
interface SignOfLoss {
  /** In which it was sent. */
  epoch: number;
  folder: string;
  seenAt: number;
}

function folderOf({ path }: WebUrl): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Longest time of a proof or a renewal, ms. */
const ASIDE_MS = 30_000;

/** Has the clock of a plugin's request stand still meanwhile: it is not the plugin's time. */
async function aside<T>(deadline: Deadline, work: (own: Deadline) => Promise<T>): Promise<T> {
  return deadline.hold(async () => {
    const own = createDeadline(ASIDE_MS, [deadline.signal]);
    try {
      return await work(own);
    } finally {
      own.dispose();
    }
  });
}

function lost(): FetchError {
  return new FetchError("auth_lost", "the session was lost and could not be renewed");
}
