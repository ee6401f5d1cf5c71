import { describe, expect, it } from "@jest/globals";
import type { HttpRequest, HttpResult } from "@picket/core";
import { z } from "zod";
import { definePlugin } from "../define-plugin.ts";
import type { EndpointView } from "../session.ts";
import { type TestResponse, testPlugin } from "../testing/index.ts";
import { readSurface } from "./read-surface.ts";
import { sendFresh } from "./send-fresh.ts";

const FORM: EndpointView = {
  ...{ id: "1", method: "POST", url: "http://app.test/send", route: "/send", source: "form" },
  foundAt: "http://app.test/page",
  parameters: [
    { name: "text", in: "form", example: "hello" },
    { name: "csrf", in: "form" },
  ],
};

type Answers = (request: HttpRequest) => TestResponse;

/** Sends values one after another, or all at once, to the field of a form with a token. */
async function send(
  respond: Answers,
  values: readonly string[],
  { isAtOnce = false, endpoints = [FORM] }: { isAtOnce?: boolean; endpoints?: EndpointView[] } = {},
) {
  const answers: HttpResult[] = [];
  const names: string[] = [];
  const plugin = definePlugin({
    ...{ name: "probe", description: "d", version: "1.0.0", emits: [], config: z.object({}) },
    requiredCapabilities: ["http:intrusive"],
    stage: "probe",
    async *run(scan, context) {
      const points = await readSurface(scan, context);
      names.push(...points.map(({ parameter }) => parameter.name));
      const point = points.find(({ url }) => url === FORM.url);
      const one = (value: string) => point && sendFresh(point, (fresh) => fresh.request(value), context);
      if (isAtOnce)
        answers.push(...(await Promise.all(values.map(one))).filter((each) => each !== undefined));
      else for (const value of values) answers.push((await one(value)) as HttpResult);
      yield* [];
    },
  });
  const { requests } = await testPlugin(plugin, { baseUrl: "http://app.test/", endpoints, respond });
  return { requests, names, statuses: answers.map((answer) => (answer.ok ? answer.status : answer.reason)) };
}

type Kind = "session" | "newest" | "set";

/** An application with one kind of tokens; each refusal is `refused`. */
function application(kind: Kind, refused: TestResponse = { status: 403 }): Answers {
  const valid = new Set<string>();
  let issued = 0;
  return ({ method, body }) => {
    if (method === "GET") {
      if (kind !== "session" || issued === 0) issued += 1;
      if (kind === "newest") valid.clear();
      valid.add(`token-${issued}`);
      const token = `<input type=hidden name=csrf value="token-${issued}">`;
      return {
        headers: { "content-type": "text/html" },
        body: `<h1>Send</h1><form method=post action=/send>${token}<input name=text></form>`,
      };
    }
    const token = new URLSearchParams(String(body)).get("csrf") ?? "";
    const isValid = valid.has(token);
    if (kind === "set") valid.delete(token);
    return isValid ? { status: 201 } : refused;
  };
}

const VALUES = ["a", "b", "c", "d", "e", "f"];

describe("sendFresh", () => {
  it("sends every value with a token that holds, whatever kind it is", async () => {
    const again = { headers: { "content-type": "text/html" }, body: "<h1>Send</h1><form></form>" };
    for (const kind of ["session", "newest", "set"] as const)
      for (const refused of [{ status: 403 }, { status: 302, headers: { location: "/page" } }, again])
        for (const isAtOnce of [true, false])
          expect((await send(application(kind, refused), VALUES, { isAtOnce })).statuses).toEqual(
            VALUES.map(() => 201),
          );
  });

  it("asks for no page again where one token lasts", async () => {
    const { requests, names } = await send(application("session"), VALUES);
    expect(requests.map(({ method }) => method).join(" ")).toBe(
      `GET POST GET ${VALUES.map(() => "POST").join(" ")}`,
    );
    expect(names).toEqual(["text"]);
  });

  it("does not take what the value is refused for as the token's fault more than a few times", async () => {
    const lasting = application("session");
    const firewalled: Answers = (request) =>
      String(request.body).includes("attack") ? { status: 403 } : lasting(request);
    const values = VALUES.map(() => "attack");
    const { requests, statuses } = await send(firewalled, ["plain", ...values]);
    expect(statuses).toEqual([201, ...values.map(() => 403)]);
    expect(requests.length).toBeLessThanOrEqual(3 + 1 + values.length + 2);
  });

  it("takes another token when the session was renewed", async () => {
    let inner = application("session");
    const inNewSession = application("set");
    // So that the tokens of the new session are other ones.
    inNewSession({ method: "GET" } as HttpRequest);
    const renewed: Answers = (request) => {
      if (String(request.body).includes("text=c")) inner = inNewSession;
      return inner(request);
    };
    expect((await send(renewed, VALUES)).statuses).toEqual(VALUES.map(() => 201));
  });

  it("sends the cookies that came with the page", async () => {
    const inner = application("session");
    const { requests } = await send(
      (request) => ({ ...inner(request), headers: { "content-type": "text/html", "set-cookie": "pre=1" } }),
      ["v"],
    );
    expect(requests.slice(1).map(({ headers }) => headers.find(([name]) => name === "cookie"))).toEqual(
      requests.slice(1).map(() => ["cookie", "pre=1"]),
    );
  });

  it("says so when the form is gone", async () => {
    const { statuses, requests } = await send(() => ({ body: "<p>moved</p>" }), ["v"]);
    expect(statuses).toEqual(["invalid_request"]);
    expect(requests).toHaveLength(1);
  });

  it("goes through the forms behind which a form lies, as one visitor", async () => {
    const first: EndpointView = {
      ...{ id: "2", method: "POST", url: "http://app.test/first", route: "/first", source: "form" },
      foundAt: "http://app.test/start",
      parameters: [{ name: "city", in: "form", example: "Rome" }],
    };
    const page: EndpointView = {
      ...{ id: "3", method: "GET", url: "http://app.test/page", route: "/page", source: "redirect" },
      ...{ foundAt: first.url, parameters: [] },
    };
    const inner = application("newest");
    const html = { "content-type": "text/html" };
    const wizard: Answers = (request) => {
      const { pathname } = new URL(request.url);
      const isKnown = request.headers.some(([name, value]) => name === "cookie" && value.includes("step=1"));
      if (pathname === "/start")
        return { headers: html, body: "<form method=post action=/first><input name=city></form>" };
      if (pathname === "/first" && String(request.body) === "city=Rome")
        return { status: 302, headers: { location: "/page", "set-cookie": "step=1" } };
      return isKnown ? inner(request) : { status: 302, headers: { location: "/start" } };
    };
    const { statuses } = await send(wizard, VALUES, { endpoints: [FORM, first, page] });
    expect(statuses).toEqual(VALUES.map(() => 201));
    expect((await send(wizard, ["a"])).statuses).toEqual(["invalid_request"]);
  });
});
