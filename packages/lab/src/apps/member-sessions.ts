import { createHmac } from "node:crypto";
import type { Request, Response } from "express";

/** Every credential of the members' area. */
export const MEMBER = {
  username: "ana@camp.example",
  password: "tr0mbone-gentle-orbit",
  apiKey: "lab-api-key-5d2f9a8c",
  clientId: "scanner",
  clientSecret: "cl13nt-s3cret-of-the-lab",
  /** Base32, for the second step. */
  totpSeed: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
};

interface Session {
  /** Requests that it is still good for. */
  left: number;
  /** The password was right; a code is still asked for. */
  isHalf: boolean;
}

/** Who is logged in to the members' area. */
export interface MemberSessions {
  /** Begins a session and sets its cookie. */
  open(response: Response, session: Session): void;
  of(request: Request): Session | undefined;
  close(request: Request): void;
  issueToken(): string;
  /** By key, password, token or session; one request less is left of the session. */
  admits(request: Request): boolean;
  /** Ends every session and token. */
  endAll(): void;
}

export function createMemberSessions(): MemberSessions {
  const sessions = new Map<string, Session>();
  const tokens = new Set<string>();
  let count = 0;
  const mint = (kind: string) => {
    count += 1;
    return createHmac("sha256", "members").update(`${kind} ${count}`).digest("hex");
  };
  const of = (request: Request) => sessions.get(cookieOf(request));
  return {
    of,
    open(response, session) {
      const id = mint("session");
      sessions.set(id, session);
      response.cookie("sid", id, { httpOnly: true, sameSite: "lax", path: "/" });
    },
    close: (request) => void sessions.delete(cookieOf(request)),
    issueToken() {
      const token = mint("token");
      tokens.add(token);
      return token;
    },
    admits(request) {
      if (hasPassword(request) || request.headers["x-api-key"] === MEMBER.apiKey) return true;
      if (tokens.has(bearerOf(request))) return true;
      const session = of(request);
      if (!session || session.isHalf || session.left <= 0) return false;
      session.left -= 1;
      return true;
    },
    endAll() {
      sessions.clear();
      tokens.clear();
    },
  };
}

/** The value of an `Authorization` header (RFC 7617). */
export function basicAuth(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function hasPassword({ headers }: Request): boolean {
  return headers.authorization === basicAuth(MEMBER.username, MEMBER.password);
}

function cookieOf({ headers }: Request): string {
  return /(?:^|; )sid=([0-9a-f]+)/.exec(headers.cookie ?? "")?.[1] ?? "";
}

function bearerOf({ headers }: Request): string {
  return /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
}
