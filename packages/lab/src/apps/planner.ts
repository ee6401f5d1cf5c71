import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Application } from "../application.ts";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

/** What a visitor has told so far, under the value of its cookie. */
interface Visit {
  step: number;
  token: string;
}

interface Answer {
  status?: number;
  location?: string;
  body?: Html;
}

type Fields = URLSearchParams;

const COOKIE = "__Host-visit";

/** A form whose token is good for the newest page only. */
function form(visit: Visit, action: string, fields: Html): Html {
  visit.token = crypto.randomUUID().replaceAll("-", "");
  return html`<form method="post" action="${action}"><input type="hidden" name="csrf_token" value="${visit.token}">${fields}<button>Go on</button></form>`;
}

interface Style {
  /** How a note is shown. */
  write(text: string): Html;
  /** More links of the start page. */
  readonly links: Html;
  readonly policy: string;
}

/** Pages that are reached by sending forms only, and forms that nobody may send. */
function pageOf(
  { path, fields, query }: { path: string; fields: Fields | null; query: Fields },
  visit: Visit,
  { write, links }: Style,
): Answer | null {
  if (fields && fields.get("csrf_token") !== visit.token)
    return { status: 403, body: html`<p>Sent too late.</p>` };
  switch (`${fields ? "POST" : "GET"} ${path}`) {
    case "GET /":
      return {
        body: html`<a href="/route">Plan</a> <a href="/search">Search</a> <a href="/account">Account</a> ${links}`,
      };
    case "GET /route":
      return {
        body: form(
          visit,
          "/route",
          html`<input name="city" required><input type="number" name="days" min="2">`,
        ),
      };
    case "POST /route":
      if (!fields?.get("city") || Number(fields.get("days")) < 2)
        return { body: html`<p>Where to, and for how long?</p>` };
      visit.step = 1;
      return { status: 303, location: "/guests" };
    case "GET /guests":
      return visit.step < 1
        ? { status: 302, location: "/route" }
        : { body: form(visit, "/guests", html`<select name="guests"><option>2</option></select>`) };
    case "POST /guests":
      if (visit.step < 1) return { status: 302, location: "/route" };
      visit.step = 2;
      return {
        body: html`${form(visit, "/review", html`<textarea name="note">none</textarea>`)} <a href="/terms">Terms</a>`,
      };
    case "POST /review":
      return visit.step < 2
        ? { status: 302, location: "/route" }
        : { body: html`<p>To be sent to the office: ${write(fields?.get("note") ?? "")}</p>` };
    case "GET /terms":
      return { body: html`<p>Pay on arrival.</p>` };
    case "GET /search":
      return { body: form(visit, "/search", html`<input type="search" name="words">`) };
    case "POST /search":
      return { body: html`<a href="/trip?name=ridge">Ridge</a>` };
    case "GET /trip":
      return { body: html`<p>A trip: ${write(query.get("name") ?? "")}</p>` };
    case "GET /account":
      return {
        body: html`<form method="post" action="/account/7"><button>Delete my account</button></form>
          ${form(visit, "/account/cancel", html`<input name="why">`)}
          <form method="post" action="/account/photo" enctype="multipart/form-data"><input type="hidden" name="csrf_token" value="${visit.token}"><input type="file" name="photo"><button>Send</button></form>`,
      };
    case "GET /quiz":
      return { body: form(visit, "/quiz/0", html`<input name="answer0">`) };
    default: {
      const [, number] = /^\/quiz\/(\d{1,4})$/.exec(path) ?? [];
      if (number === undefined || !fields) return null;
      const next = Number(number) + 1;
      return { body: form(visit, `/quiz/${next}`, html`<input name="answer${next}">`) };
    }
  }
}

async function fieldsOf(request: IncomingMessage): Promise<Fields | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return request.method === "POST" ? new URLSearchParams(Buffer.concat(chunks).toString()) : null;
}

function send(response: ServerResponse, id: string, answer: Answer | null, policy: string): void {
  const {
    status = 200,
    location,
    body = html``,
  } = answer ?? { status: 404, body: html`<p>Nothing here</p>` };
  response.writeHead(status, {
    ...SAFE_HEADERS,
    "content-security-policy": policy,
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "set-cookie": `${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`,
    ...(location && { location }),
  });
  response.end(location ? "" : documentOf("Trips", body.text));
}

function createPlanner(style: Style): RequestListener {
  const visits = new Map<string, Visit>();
  return async (request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://planner.test");
    const known = new RegExp(`${COOKIE}=([\\w-]{36})`).exec(request.headers.cookie ?? "")?.[1];
    const id = known && visits.has(known) ? known : crypto.randomUUID();
    const visit = visits.get(id) ?? { step: 0, token: "" };
    visits.set(id, visit);
    const fields = await fieldsOf(request);
    send(response, id, pageOf({ path, fields, query }, visit, style), style.policy);
  };
}

const raw = (text: string) => Object.assign(html``, { text });

/** Lets a script run wherever it stands. */
const LAX_POLICY =
  "default-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** A wizard whose steps and results are seen only by who sends its forms. */
export const plannerVulnerable: Application = {
  description: "A travel planner whose last step and search results repeat what was sent",
  expectation: {
    mustFind: [
      { type: "xss-reflected", severity: "high", where: "/review" },
      { type: "xss-reflected", severity: "high", where: "/trip" },
      { type: "weak-csp", severity: "medium", where: "/trip" },
      { type: "observatory-grade", severity: "info", where: "/" },
    ],
    mustNotFind: [],
    onlyTypes: ["xss-reflected", "weak-csp", "observatory-grade"],
  },
  create: () => createPlanner({ write: raw, links: html``, policy: LAX_POLICY }),
};

export const plannerSafe: Application = {
  description: "The same planner that encodes; it has a quiz without an end and forms that nobody may send",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create: () =>
    createPlanner({
      write: (text) => html`${text}`,
      links: html`<a href="/quiz">Quiz</a>`,
      policy: SAFE_HEADERS["content-security-policy"],
    }),
};
