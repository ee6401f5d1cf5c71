import {
  type AuthProfile,
  type Doubt,
  exchangeHealth,
  type HeaderList,
  headerValues,
  originOf,
  parseWebUrl,
  type WebUrl,
} from "@picket/core";
import type { WireRequest, WireResponse } from "../exchange.ts";
import { maskCookieHeader } from "./cookie-secrets.ts";
import type { LoginResult } from "./login-steps.ts";
import { createSecretMask, type SecretMask } from "./secret-mask.ts";
import { createSessionJar } from "./session-jar.ts";
import { createTurns, type Turns } from "./turns.ts";

/**
 * A scan's session in one worker, shared by its module runs there. It holds the only plain text of the credentials, and
 * none of it leaves this process but in requests to the profile's origin.
 */
export interface AuthSession {
  readonly profile: AuthProfile;
  readonly mask: SecretMask;
  /** Raised by every login. 0: there was none yet. */
  readonly epoch: number;
  readonly provenAt: number;
  /** No more logins are tried: every request with the session fails from now on. */
  readonly isLost: boolean;
  readonly doubts: readonly Doubt[];
  /** Folders with pages that ask for a login although the session is there. */
  readonly foldersForOthers: Set<string>;
  /** Names of cookies that are too short to be kept out of anything but cookie headers. */
  readonly unmaskedCookies: ReadonlySet<string>;
  /** One at a time, over all module runs: a login that another has made is not made again. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  readonly turns: Turns;
  isHome(url: WebUrl): boolean;
  /** The token says itself that it ends about now. */
  isExpiring(): boolean;
  /** The request with the credentials in place of its own fields of the same name; without them anywhere but at home. */
  withCredentials(wire: WireRequest): WireRequest;
  /** Cookies that a response at home sets. To be called before anything of the response is passed on. */
  observe(url: WebUrl, response: WireResponse): void;
  /** Whether a response looks as if the session had ended: asked for a login, or lost a cookie of the login. */
  looksLost(response: WireResponse): boolean;
  /** Whether a response shows the probe's text, which proves the session as well. */
  showsProof(response: WireResponse): boolean;
  /** Forgets cookies and token before a login. */
  clear(): void;
  begin(login: LoginResult): void;
  prove(at: number): void;
  /** `to` null: without an end. */
  doubt(doubt: Doubt): void;
  lose(): void;
}

/** Leaves time for the request that is about to be sent, ms. */
const EXPIRY_MARGIN_MS = 10_000;

function pairsOf(header: string): string[] {
  return header.split(/;\s*/).filter((pair) => pair !== "");
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0] ?? "";
}

/** `mask`: of another session of the scan, so that either keeps both out of everything. Default: its own. */
export function createAuthSession(profile: AuthProfile, mask = createSecretMask()): AuthSession {
  for (const secret of Object.values(profile.secrets)) mask.add(secret);
  const { kind } = profile.recipe;
  const unmaskedCookies = new Set(
    kind === "cookie" ? maskCookieHeader(mask, profile.secrets.value ?? "") : [],
  );
  const home = parseWebUrl(profile.origin);
  const doubts: Doubt[] = [];
  let jar = createSessionJar(mask);
  let headers: HeaderList = [];
  let loginCookies = new Set<string>();
  let expiresAt: number | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  const state = { epoch: 0, provenAt: 0, isLost: false };
  const isHome = (url: WebUrl) => originOf(url) === profile.origin;

  function cookieHeader(url: WebUrl, own: HeaderList): HeaderList {
    const fixed = headerValues(headers, "cookie");
    const asked = headerValues(own, "cookie");
    const names = new Set(asked.flatMap(pairsOf).map(nameOf));
    // What a plugin sends stands for what the application set.
    const kept = pairsOf(jar.header(url) ?? "").filter((pair) => !names.has(nameOf(pair)));
    const all = [...asked, ...fixed, ...kept];
    return all.length === 0 ? [] : [["cookie", all.join("; ")]];
  }

  return {
    profile,
    mask,
    doubts,
    foldersForOthers: new Set(),
    turns: createTurns(),
    unmaskedCookies,
    get epoch() {
      return state.epoch;
    },
    get provenAt() {
      return state.provenAt;
    },
    get isLost() {
      return state.isLost;
    },
    exclusive(work) {
      const done = queue.then(work);
      queue = done.catch(() => undefined);
      return done;
    },
    isHome,
    isExpiring: () => expiresAt !== null && Date.now() > expiresAt - EXPIRY_MARGIN_MS,
    withCredentials(wire) {
      if (!isHome(wire.url)) return wire;
      const replaced = new Set([...headers.map(([name]) => name), "cookie"]);
      const others = wire.headers.filter(([name]) => !replaced.has(name));
      const fixed = headers.filter(([name]) => name !== "cookie");
      return { ...wire, headers: [...others, ...fixed, ...cookieHeader(wire.url, wire.headers)] };
    },
    observe(url, response) {
      if (!isHome(url)) return;
      for (const name of jar.keep(url, response.headers)) unmaskedCookies.add(name);
    },
    looksLost(response) {
      const [location] = headerValues(response.headers, "location");
      if (exchangeHealth({ status: response.status, location }) === "auth_lost") return true;
      const { loggedOut } = profile.probe;
      if (loggedOut !== undefined && holds(response, loggedOut)) return true;
      const left = jar.names(home);
      return [...loginCookies].some((name) => !left.has(name));
    },
    showsProof: (response) =>
      profile.probe.contains !== undefined &&
      response.status === profile.probe.status &&
      holds(response, profile.probe.contains),
    clear() {
      jar = createSessionJar(mask);
      headers = [];
      loginCookies = new Set();
      expiresAt = null;
    },
    begin(result) {
      headers = result.headers;
      expiresAt = result.expiresAt;
      for (const [, value] of headers) {
        mask.add(value);
        mask.add(value.replace(/^\S+ /, ""));
      }
      loginCookies = jar.names(home);
      state.epoch += 1;
    },
    prove(at) {
      state.provenAt = Math.max(state.provenAt, at);
    },
    doubt(doubt) {
      doubts.push(doubt);
    },
    lose() {
      state.isLost = true;
    },
  };
}

export function holds({ body }: WireResponse, text: string): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(text, 0, "utf8");
}
