import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MEMBER, type RunningLab, startLab } from "@picket/lab";
import { type RunningPlatform, startPlatform } from "./support/running-platform.ts";

const SCAN_MS = 120_000;
const { username, password } = MEMBER;

let platform: RunningPlatform;
let lab: RunningLab;
let folder: string;
let file: string;
const picket = (...args: string[]) => platform.picket(...args);

beforeAll(async () => {
  lab = await startLab("members");
  platform = await startPlatform();
  folder = await mkdtemp(join(tmpdir(), "picket-auth-"));
  file = join(folder, "login.json");
  const recipe = { kind: "form", loginUrl: "/login", username };
  await writeFile(file, JSON.stringify({ recipe, probe: { url: "/members", contains: "Hello ana." } }));
  await picket("target", "add", lab.url, "--reason", "test", "--rps", "100");
}, SCAN_MS);

afterAll(async () => {
  await rm(folder, { recursive: true });
  await lab.stop();
  await platform.stop();
}, SCAN_MS);

/** All that the commands below said, to be searched for secrets. */
const said: string[] = [];

async function say(...args: string[]) {
  const ended = await picket(...args);
  said.push(ended.out, ended.err);
  return ended;
}

describe("picket auth", () => {
  it("refuses a secret on the command line, and repeats nothing of it", async () => {
    const { code, err } = await say(
      "auth",
      "add",
      lab.url,
      file,
      "--name",
      "ana",
      "--secret",
      `password=${password}`,
    );
    expect([code, err]).toEqual([3, expect.stringContaining("not the value")]);
  });

  it("adds a profile with a secret from standard input, and never shows it", async () => {
    const args = ["auth", "add", lab.url, file, "--name", "ana", "--secret", "password=-"];
    const added = await platform.picketGiven("wrong-password\n", ...args);
    expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/ana, form, version 1$/m) });
    const listed = await say("auth", "list", lab.url);
    expect(listed.out).toMatch(/^ana +form +http:\S+ +1 +password \(k1\)$/m);
    expect(listed.out).not.toContain("wrong-password");
  });

  it(
    "scans with it, and says why when the login fails",
    async () => {
      const { code, out } = await say("scan", lab.url, "--auth", "ana");
      expect(code).not.toBe(0);
      expect(out).toContain("the login was answered with 401");
    },
    SCAN_MS,
  );

  it(
    "takes a new secret from a variable, with which the scan is let in",
    async () => {
      platform.env.CAMP_PASSWORD = password;
      const changed = await say("auth", "set", lab.url, "ana", "--secret", "password=env:CAMP_PASSWORD");
      expect(changed).toMatchObject({ code: 0, out: expect.stringMatching(/ana, form, version 2$/m) });
      const { code, out } = await say("scan", lab.url, "--auth", "ana", "--json");
      expect(code).toBe(0);
      expect(JSON.parse(out).scan).toMatchObject({ status: "succeeded", authenticated: true });
    },
    SCAN_MS,
  );

  it("puts secrets under the first key", async () => {
    const { code, out } = await say("auth", "rotate-keys");
    expect([code, out]).toEqual([0, "0 secrets moved; all are under key k1 now.\n"]);
  });

  it("removes a profile, which is not found any more", async () => {
    expect(await say("auth", "remove", lab.url, "ana")).toMatchObject({ code: 0 });
    expect((await say("auth", "list", lab.url)).out).toContain("No auth profiles.");
    const gone = await say("auth", "remove", lab.url, "ana");
    expect(gone).toMatchObject({ code: 3, err: expect.stringContaining("no auth profile ana") });
  });

  it("has said no secret in any of this", () => {
    expect(said.join("\n")).not.toContain(password);
  });
});
