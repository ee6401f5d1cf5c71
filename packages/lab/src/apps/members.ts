import { createHmac } from "node:crypto";
import express, { type Express, type Response } from "express";
import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { basicAuth, createMemberSessions, MEMBER, type MemberSessions } from "./member-sessions.ts";

/** Requests after which a session of the `short` login ends. */
const SHORT_LIFE = 12;

/** What only members see lacks a header: a scan without a session cannot find it. */
const MEMBERS_PAGES = ["/members", "/members/orders", "/members/orders/7", "/members/profile"];

/** A public page and a members' area behind every kind of login. */
export const members: Application = {
  description: "An area behind logins of all kinds, whose pages lack the headers that the public ones have",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const app = express();
    const sessions = createMemberSessions();
    app.disable("x-powered-by");
    app.use(express.urlencoded({ extended: false }), express.json());
    app.get("/", (_request, response) =>
      sendSafe(response, "Camp", html`<a href="/login">Log in</a> <a href="/members">Members</a>`),
    );
    for (const path of ["/login", "/login/short", "/login/totp"]) addFormLogin(app, sessions, path);
    addCodeStep(app, sessions);
    addTokenLogins(app, sessions);
    addEnds(app, sessions);
    addMembersPages(app, sessions);
    return app;
  },
};

function addFormLogin(app: Express, sessions: MemberSessions, path: string): void {
  const csrf = `c5rf-${path.length}`;
  const isHalf = path === "/login/totp";
  const left = path === "/login/short" ? SHORT_LIFE : Number.POSITIVE_INFINITY;
  const form = html`<form action="${path}" method="post">
  <input type="hidden" name="csrf" value="${csrf}"> <input name="username">
  <input name="password" type="password"> <button>Log in</button></form>`;
  app.get(path, (_request, response) => sendSafe(response, "Log in", form));
  app.post(path, (request, response) => {
    if (request.body?.csrf !== csrf || !isPassword(request.body))
      return void response.status(401).type("html").send(page("No", html``));
    sessions.open(response, { left, isHalf });
    return response.redirect(303, isHalf ? "/login/code" : "/members");
  });
}

/** The second step of the `totp` login. */
function addCodeStep(app: Express, sessions: MemberSessions): void {
  const form = html`<form action="/login/code" method="post"><input name="otp"><button>Go</button></form>`;
  app.get("/login/code", (_request, response) => sendSafe(response, "Code", form));
  app.post("/login/code", (request, response) => {
    const session = sessions.of(request);
    if (!session || !isCode(request.body?.otp)) return void response.status(401).end();
    session.isHalf = false;
    return response.redirect(303, "/members");
  });
}

function addTokenLogins(app: Express, sessions: MemberSessions): void {
  app.post("/api/login", (request, response) => {
    if (!isPassword(request.body)) return void response.status(401).json({ error: "no" });
    return response.json({ data: { token: sessions.issueToken(), user: MEMBER.username } });
  });
  app.post("/oauth/token", ({ headers, body }, response) => {
    const { grant_type: grant, client_id: id, client_secret: secret } = body ?? {};
    const isKnown =
      headers.authorization === basicAuth(MEMBER.clientId, MEMBER.clientSecret) ||
      (id === MEMBER.clientId && secret === MEMBER.clientSecret);
    if (!isKnown || grant !== "client_credentials")
      return void response.status(401).json({ error: "invalid_client" });
    return response.json({ access_token: sessions.issueToken(), token_type: "Bearer", expires_in: 3_600 });
  });
}

function addEnds(app: Express, sessions: MemberSessions): void {
  app.get(["/logout", "/members/logout"], (request, response) => {
    sessions.close(request);
    response.clearCookie("sid").redirect(302, "/");
  });
  // For tests: what an administrator would do.
  app.post("/lab/end-sessions", (_request, response) => {
    sessions.endAll();
    response.status(204).end();
  });
}

function addMembersPages(app: Express, sessions: MemberSessions): void {
  const links = MEMBERS_PAGES.map((href) => html`<a href="${href}">${href}</a> `);
  app.get(MEMBERS_PAGES, (request, response) => {
    if (!sessions.admits(request)) return response.redirect(302, "/login");
    // Echoes what came in, as debug pages do.
    const echo = html`<pre>${JSON.stringify(request.headers)}</pre>`;
    const body = html`<p>Hello ana.</p>${links}<a href="/members/logout">Log out</a>${echo}`;
    return response.type("html").send(page("Members", body));
  });
}

function sendSafe(response: Response, title: string, body: ReturnType<typeof html>): void {
  response.set(SAFE_HEADERS).type("html").send(page(title, body));
}

function page(title: string, body: ReturnType<typeof html>): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>
`.text;
}

function isPassword({ username, password }: { username?: unknown; password?: unknown } = {}): boolean {
  return username === MEMBER.username && password === MEMBER.password;
}

function isCode(text: unknown): boolean {
  return [0, -30_000].some((shift) => code(Date.now() + shift) === text);
}

/** The code of a moment, ms since 1970 (RFC 6238). */
function code(at: number): string {
  const seed = Buffer.from("Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef", "latin1");
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", seed).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
