import { createHmac } from "node:crypto";
import express, { type Request, type Response } from "express";
import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

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

/** Requests after which a session of the `short` login ends. */
const SHORT_LIFE = 12;

interface Session {
  left: number;
  /** The password was right; a code is still asked for. */
  isHalf: boolean;
}

function code(at: number): string {
  const seed = Buffer.from("Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef", "latin1");
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", seed).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function isCode(text: unknown): boolean {
  return [0, -30_000].some((shift) => code(Date.now() + shift) === text);
}

function isPassword({ username, password }: { username?: unknown; password?: unknown } = {}): boolean {
  return username === MEMBER.username && password === MEMBER.password;
}

function page(title: string, body: ReturnType<typeof html>): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>
`.text;
}

/** What only members see lacks a header: a scan without a session cannot find it. */
const MEMBERS_PAGES = ["/members", "/members/orders", "/members/orders/7", "/members/profile"];

/** A public page and a members' area behind every kind of login. */
export const members: Application = {
  description: "An area behind logins of all kinds, whose pages lack the headers that the public ones have",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const app = express();
    const sessions = new Map<string, Session>();
    const tokens = new Set<string>();
    let count = 0;
    app.disable("x-powered-by");
    app.use(express.urlencoded({ extended: false }), express.json());

    const mint = (kind: string) => {
      count += 1;
      return createHmac("sha256", "members").update(`${kind} ${count}`).digest("hex");
    };
    const cookieOf = (request: Request) =>
      /(?:^|; )sid=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    const bearerOf = ({ headers }: Request) => /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const open = (response: Response, session: Session) => {
      const id = mint("session");
      sessions.set(id, session);
      response.cookie("sid", id, { httpOnly: true, sameSite: "lax", path: "/" });
    };
    const isBasic = ({ headers }: Request) =>
      headers.authorization ===
      `Basic ${Buffer.from(`${MEMBER.username}:${MEMBER.password}`).toString("base64")}`;

    function isMember(request: Request): boolean {
      if (isBasic(request) || request.headers["x-api-key"] === MEMBER.apiKey) return true;
      if (tokens.has(bearerOf(request))) return true;
      const session = sessions.get(cookieOf(request));
      if (!session || session.isHalf || session.left <= 0) return false;
      session.left -= 1;
      return true;
    }

    const loginForm = (action: string) => html`<form action="${action}" method="post">
  <input type="hidden" name="csrf" value="c5rf-${action.length}"> <input name="username">
  <input name="password" type="password"> <button>Log in</button></form>`;
    const send = (response: Response, title: string, body: ReturnType<typeof html>, safe = true) => {
      response
        .set(safe ? SAFE_HEADERS : {})
        .type("html")
        .send(page(title, body));
    };

    app.get("/", (_request, response) =>
      send(response, "Camp", html`<a href="/login">Log in</a> <a href="/members">Members</a>`),
    );
    for (const path of ["/login", "/login/short", "/login/totp"]) {
      app.get(path, (_request, response) => send(response, "Log in", loginForm(path)));
      app.post(path, (request, response) => {
        const hasCsrf = request.body?.csrf === `c5rf-${path.length}`;
        if (!hasCsrf || !isPassword(request.body))
          return void response.status(401).type("html").send(page("No", html``));
        const isHalf = path === "/login/totp";
        open(response, { left: path === "/login/short" ? SHORT_LIFE : Number.POSITIVE_INFINITY, isHalf });
        return response.redirect(303, isHalf ? "/login/code" : "/members");
      });
    }
    app.get("/login/code", (_request, response) =>
      send(
        response,
        "Code",
        html`<form action="/login/code" method="post"><input name="otp"><button>Go</button></form>`,
      ),
    );
    app.post("/login/code", (request, response) => {
      const session = sessions.get(cookieOf(request));
      if (!session || !isCode(request.body?.otp)) return void response.status(401).end();
      session.isHalf = false;
      return response.redirect(303, "/members");
    });
    app.post("/api/login", (request, response) => {
      if (!isPassword(request.body)) return void response.status(401).json({ error: "no" });
      const token = mint("token");
      tokens.add(token);
      return response.json({ data: { token, user: MEMBER.username } });
    });
    app.post("/oauth/token", (request, response) => {
      const expected = Buffer.from(`${MEMBER.clientId}:${MEMBER.clientSecret}`).toString("base64");
      const { grant_type: grant, client_id: id, client_secret: secret } = request.body ?? {};
      const isKnown =
        request.headers.authorization === `Basic ${expected}` ||
        (id === MEMBER.clientId && secret === MEMBER.clientSecret);
      if (!isKnown || grant !== "client_credentials")
        return void response.status(401).json({ error: "invalid_client" });
      const token = mint("token");
      tokens.add(token);
      return response.json({ access_token: token, token_type: "Bearer", expires_in: 3_600 });
    });
    app.get(["/logout", "/members/logout"], (request, response) => {
      sessions.delete(cookieOf(request));
      response.clearCookie("sid").redirect(302, "/");
    });
    /** For tests: ends every session and token, as an administrator would. */
    app.post("/lab/end-sessions", (_request, response) => {
      sessions.clear();
      tokens.clear();
      response.status(204).end();
    });
    app.get(MEMBERS_PAGES, (request, response) => {
      if (!isMember(request)) return response.redirect(302, "/login");
      const links = MEMBERS_PAGES.map((href) => html`<a href="${href}">${href}</a> `);
      // Echoes what came in, as debug pages do.
      const echo = html`<pre>${JSON.stringify(request.headers)}</pre>`;
      return send(
        response,
        "Members",
        html`<p>Hello ana.</p>${links}<a href="/members/logout">Log out</a>${echo}`,
        false,
      );
    });
    return app;
  },
};
