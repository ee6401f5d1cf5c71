import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningLab, startLab } from "@picket/lab";
import { freePort, waitFor } from "@picket/testing";
import { type Ended, type RunningPlatform, startPlatform } from "./support/running-platform.ts";

const SCAN_MS = 120_000;

let platform: RunningPlatform;
let lab: RunningLab;
const picket = (...args: string[]) => platform.picket(...args);

beforeAll(async () => {
  lab = await startLab("vulnerable");
  platform = await startPlatform();
}, SCAN_MS);

afterAll(async () => {
  await lab.stop();
  await platform.stop();
}, SCAN_MS);

describe("the command line against the running platform", () => {
  it("says what to do when the target is not known yet", async () => {
    const { code, err } = await picket("scan", lab.url);
    expect(code).toBe(3);
    expect(err).toContain(`picket target add ${lab.url}`);
  });

  it(
    "adds target and scope, scans, and shows the worst finding with its evidence",
    async () => {
      const added = await picket("target", "add", lab.url, "--reason", "test", "--rps", "100");
      expect(added).toMatchObject({ code: 0, err: "" });
      expect(added.out).toContain(`port ${new URL(lab.url).port}`);

      const { code, out } = await picket("scan", lab.url);
      expect(code).toBe(0);
      expect(out).toMatch(/✓ probe +exposed-files/);
      expect(out).toMatch(/Scan succeeded in .* s: \d+ endpoints, \d+ requests/);
      expect(out).toMatch(/21 findings seen \(2 critical, .*\): 21 new/);
      expect(out).toContain("APP_KEY=[redacted:key");
      expect(out.indexOf("critical")).toBeLessThan(out.indexOf("No Referrer-Policy"));
    },
    SCAN_MS,
  );

  it(
    "finds nothing new in a second scan of the same application",
    async () => {
      const { code, out } = await picket("scan", lab.url, "--json");
      const { scan, findings } = JSON.parse(out);
      expect(code).toBe(0);
      expect(scan.findings).toMatchObject({ total: 21, new: 0 });
      expect(findings).toHaveLength(21);
    },
    SCAN_MS,
  );

  it("explains a finding and verifies the audit log", async () => {
    const [worst] = JSON.parse(
      (await picket("findings", "--view", "open", "--severity", "critical", "--json")).out,
    );
    expect((await picket("findings", "--view", "open")).out).toContain(worst.id);
    const { out } = await picket("finding", worst.id);
    expect(out).toMatch(/\nopen, first seen .*\n.*, reported by exposed-files/);
    expect(out).toMatch(/latest first\n.* still present\n.* new: new exposure/);
    expect(out).toMatch(/Confidence\n +85 {2}content was seen/);
    expect(out).toContain("negative_control");
    const verified = (await picket("audit", "verify")).out;
    expect(verified).toMatch(/^\d+ events, each intact/);
    const checkpoint = /^Checkpoint (\S+)$/m.exec(verified)?.[1] ?? "";
    const later = await picket("audit", "verify", "--from", checkpoint);
    expect(later).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+ events? since event \d+, each/),
    });
    const forged = checkpoint.replace(/:.*/, `:${"a".repeat(64)}`);
    const broken = await picket("audit", "verify", "--from", forged);
    expect(broken).toMatchObject({ code: 1, out: expect.stringContaining("not the one of the checkpoint") });
  });

  describe("accepts a finding for a time", () => {
    let finding: { id: string; type: string };
    let approver: string;
    const TERMS = ["--reason", "behind the VPN", "--owner", "Ada", "--json"];
    const shown = async (view: string) =>
      JSON.parse((await picket("findings", "--view", view, "--json")).out).map(
        ({ id }: { id: string }) => id,
      );
    const approve = async (id: string) => asApprover("exception", "approve", id);

    async function asApprover(...args: string[]): Promise<Ended> {
      const { env } = platform;
      const { API_TOKEN } = env;
      env.API_TOKEN = approver;
      return picket(...args).finally(() => {
        env.API_TOKEN = API_TOKEN;
      });
    }

    async function propose(expires: string): Promise<{ id: string; status: string }> {
      const { code, out } = await picket(
        ...["exception", "propose", finding.id, "--scope", "finding", "--expires", expires, ...TERMS],
      );
      expect(code).toBe(0);
      return JSON.parse(out);
    }

    beforeAll(async () => {
      approver = await platform.createToken("approver");
      [finding] = JSON.parse((await picket("findings", "--view", "open", "--severity", "low", "--json")).out);
    }, SCAN_MS);

    it(
      "when another person approves, and no longer than until that is revoked",
      async () => {
        const { id, status } = await propose("30d");
        expect(status).toBe("proposed");
        const own = await picket("exception", "approve", id);
        expect(own).toMatchObject({ code: 3, err: expect.stringContaining("does not decide") });
        expect(own.err).toContain("another person with the role approver or admin decides");
        const strict = await picket("project", "approvers", "default", "admin");
        expect(strict).toMatchObject({ code: 0, out: "Exceptions of default are decided by admin.\n" });
        expect(await approve(id)).toMatchObject({ code: 3, err: expect.stringContaining("the role admin") });
        expect((await picket("project", "approvers", "default", "approver", "admin")).code).toBe(0);
        expect((await picket("project", "list")).out).toMatch(/^default +\d+ +approver or admin$/m);
        expect(await shown("open")).toContain(finding.id);
        expect(await approve(id)).toMatchObject({
          code: 0,
          out: expect.stringMatching(/^Now active until /),
        });
        expect(await shown("open")).not.toContain(finding.id);
        expect(await shown("excepted")).toEqual([finding.id]);

        const longer = await picket(
          ...["exception", "extend", id, "--expires", "60d", "--reason", "the fix is late", "--json"],
        );
        expect(JSON.parse(longer.out)).toMatchObject({ status: "proposed", supersedesId: id });
        const rejected = await asApprover("exception", "reject", JSON.parse(longer.out).id);
        expect(rejected).toMatchObject({ code: 0, out: "Now rejected.\n" });

        const listed = await picket("exception", "list", "--finding", finding.id, "--status", "active");
        expect(listed.out).toMatch(
          new RegExp(`${id} +active .* finding +${finding.type} +Ada +behind the VPN`),
        );
        expect(listed.out).toContain("1 exception");
        const revoked = await asApprover("exception", "revoke", id, "--json");
        expect(JSON.parse(revoked.out)).toMatchObject({ id, status: "revoked" });
        expect(await shown("open")).toContain(finding.id);
      },
      SCAN_MS,
    );

    it(
      "until it expires, by the clock",
      async () => {
        const { id } = await propose(new Date(Date.now() + 12_000).toISOString());
        expect((await approve(id)).code).toBe(0);
        expect(await shown("open")).not.toContain(finding.id);
        const isBack = async () => (await shown("open")).includes(finding.id);
        await waitFor(isBack, { timeoutMs: 40_000 });
        const { out } = await picket("exception", "list", "--status", "expired", "--json");
        expect(JSON.parse(out)).toMatchObject([{ id, status: "expired" }]);
        expect(await approve(id)).toMatchObject({ code: 3, err: expect.stringContaining("is expired") });
      },
      SCAN_MS,
    );

    it("with scope, expiry, reason and owner, else says what is missing", async () => {
      const wanting = await picket("exception", "propose", finding.id, "--scope", "finding", ...TERMS);
      expect(wanting).toMatchObject({ code: 2, err: expect.stringContaining("--expires") });
      const far = ["exception", "propose", finding.id, "--scope", "finding", "--expires", "400d", ...TERMS];
      expect(await picket(...far)).toMatchObject({ code: 3, err: expect.stringContaining("365 days") });
      const nowhere = [
        "exception",
        "propose",
        finding.id,
        "--scope",
        "instance",
        "--expires",
        "1d",
        ...TERMS,
      ];
      expect(await picket(...nowhere)).toMatchObject({ code: 3, err: expect.stringContaining("--instance") });
    });
  });

  it(
    "ends with 1 when the target does not answer, and with what stood in the way",
    async () => {
      const dead = `http://127.0.0.1:${await freePort()}/`;
      await picket("target", "add", dead, "--reason", "test");
      const { code, out } = await picket("scan", dead);
      expect(code).toBe(1);
      expect(out).toContain("Scan failed, stopped early by target unreachable");
      expect((await picket("scans", "--status", "failed")).out).toContain(
        "stopped early by target unreachable",
      );
      expect(out).toContain("target unreachable");
      expect(out).toMatch(/- probe +exposed-files +skipped, target_unreachable stopped the scan/);
      expect(out).toContain("0 findings seen: nothing new");
      expect((await picket("findings", "--view", "all")).out).not.toContain(dead);
      expect((await picket("scans", "--target", dead)).out).toContain(dead);
      const news = await picket("findings");
      expect(news.out).toContain("Nothing new since the last scan");
      expect(news.out).toContain(`${dead} could not be scanned the last time`);
    },
    SCAN_MS,
  );

  it("tells wrong usage, a wrong token and an API that is away apart from each other", async () => {
    expect(await picket("findings", "--severity", "awful")).toMatchObject({ code: 2 });
    expect(await picket("target", "add", lab.url, "--reason", "test", "--rps", "many")).toMatchObject({
      code: 2,
      err: expect.stringContaining("must be a number above 0"),
    });
    const { env } = platform;
    const { API_TOKEN, API_URL } = env;
    env.API_TOKEN = "pkt_00000000_wrong";
    expect(await picket("findings")).toMatchObject({ code: 3, err: expect.stringContaining("token") });
    Object.assign(env, { API_TOKEN, API_URL: `http://127.0.0.1:${await freePort()}` });
    const away = await picket("scans");
    env.API_URL = API_URL;
    expect(away).toMatchObject({ code: 3, err: expect.stringContaining("no answer") });
  });
});
