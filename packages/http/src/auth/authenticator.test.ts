import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { type AuthProfile, type HeaderList, headerValues, parseWebUrl } from "@picket/core";
import { createDeadline } from "../deadline.ts";
import type { Fetcher } from "../fetcher.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createAuthSession } from "./session.ts";

const ORIGIN = "http://camp.example";
const PROFILE: AuthProfile = {
  id: "a",
  name: "ana",
  version: 1,
  origin: ORIGIN,
  recipe: {
    kind: "form",
    loginUrl: "/login",
    username: "ana",
    usernameField: "username",
    passwordField: "password",
    extraFields: {},
  },
  probe: { url: "/members", status: 200, contains: "Hello ana" },
  destructiveWords: [],
  secrets: { password: "tr0mbone-gentle-orbit" },
};

interface Site {
  fetch: Fetcher;
  logins: number;
  probes: number;
  /** Members' pages that the present session may still see. */
  left: number;
  isOpen: boolean;
}

/** An application whose sessions end after a number of pages. */
function site(): Site {
  const state: Site = { fetch, logins: 0, probes: 0, left: 0, isOpen: true };
  const answer = (status: number, body: string, headers: HeaderList = []) => ({
    status,
    headers,
    body: Buffer.from(body),
    truncated: false,
    undecoded: false,
    fetchId: "f",
    elapsedMs: 1,
  });
  async function fetch({ url, method, headers }: Parameters<Fetcher>[0]) {
    if (url.path === "/login" && method === "GET")
      return answer(200, '<form method="post"><input name="username"><input name="password"></form>');
    if (url.path === "/login") {
      if (!state.isOpen) return answer(401, "No");
      state.logins += 1;
      state.left = 3;
      return answer(303, "", [
        ["location", "/members"],
        ["set-cookie", `sid=${state.logins}; Path=/`],
      ]);
    }
    if (url.path === "/members") state.probes += 1;
    const isMember = headerValues(headers, "cookie").includes(`sid=${state.logins}`) && state.left > 0;
    if (!isMember || url.path.startsWith("/admin/")) return answer(302, "", [["location", "/login"]]);
    state.left -= 1;
    return answer(200, "Hello ana");
  }
  return state;
}

function run(app: Site, probe = PROFILE.probe) {
  const session = createAuthSession({ ...PROFILE, probe });
  const fetch: Fetcher = async (wire, ...others) => {
    const response = await app.fetch(wire, ...others);
    session.observe(wire.url, response);
    return response;
  };
  const authenticator = createAuthenticator(session, { fetch, direct: fetch });
  const deadline = createDeadline(60_000, []);
  const purpose = { plugin: "crawl" };
  return {
    facts: authenticator.facts,
    start: () => authenticator.start(purpose, deadline),
    look: (path = "/members/orders") =>
      authenticator.fetch({ url: parseWebUrl(path, ORIGIN), method: "GET", headers: [] }, purpose, deadline),
    end: () => authenticator.end(purpose, deadline).finally(deadline.dispose),
  };
}

/** Moves the clock on, ms. */
function pass(ms: number): void {
  const then = Date.now() + ms;
  jest.spyOn(Date, "now").mockReturnValue(then);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe("a module run's session", () => {
  it("is had again when it ends, and the request with it", async () => {
    const app = site();
    const { start, look, end, facts } = run(app);
    expect(await start()).toBeNull();
    for (let page = 0; page < 5; page += 1) {
      pass(2_000);
      expect((await look()).status).toBe(200);
    }
    await end();
    expect(app.logins).toBeGreaterThan(1);
    expect(facts()).toMatchObject({ provenAtStart: true, provenAtEnd: true, isLost: false });
  });

  it("is had again when it ended just before its last proof, and only what came since the one before is in doubt", async () => {
    const app = site();
    const { start, look, end, facts } = run(app);
    await start();
    await look();
    app.left = 0;
    await end();
    const { doubts, ...rest } = facts();
    expect(rest).toMatchObject({ provenAtStart: true, provenAtEnd: true, isLost: false, logins: 2 });
    expect(doubts).toEqual([{ from: expect.any(Number), to: expect.any(Number) }]);
  });

  it.each([
    [{ ...PROFILE.probe, contains: "Hello bob" }, "it lacks what `contains` names"],
    [{ ...PROFILE.probe, status: 204 }, "it answers 200 instead of 204"],
    [{ url: "/members", status: 200, loggedOut: "Hello" }, "it shows what `loggedOut` names"],
  ])("says what its probe lacks: %j", async (probe, lack) => {
    expect(await run(site(), probe).start()).toBe(`the probe does not show that the login worked: ${lack}`);
  });

  it("is had again when it ends at once after a proof", async () => {
    const app = site();
    const { start, look, end, facts } = run(app);
    await start();
    await look();
    app.left = 0;
    expect((await look()).status).toBe(200);
    expect(facts()).toMatchObject({ logins: 2, isLost: false });
    await end();
  });

  it("is not proven anew for each page of a folder that asks for a login although it is there", async () => {
    const app = site();
    const { start, look, end, facts } = run(app);
    await start();
    const { probes } = app;
    app.left = 100;
    for (let page = 0; page < 5; page += 1) expect((await look(`/admin/${page}`)).status).toBe(302);
    expect(app.probes - probes).toBe(1);
    pass(2_000);
    await look("/admin/5");
    expect(app.probes - probes).toBe(2);
    await end();
    expect(facts()).toMatchObject({ logins: 1, isLost: false });
  });

  it("is lost when it ended before its last proof and cannot be had again", async () => {
    const app = site();
    const { start, look, end, facts } = run(app);
    await start();
    await look();
    Object.assign(app, { left: 0, isOpen: false });
    await end();
    expect(facts()).toMatchObject({ provenAtStart: true, provenAtEnd: false, isLost: true });
    expect(facts().doubts).toEqual([{ from: expect.any(Number), to: null }]);
  });
});
