import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { freePort } from "@picket/infra/services";
import { type RunningLab, startLab } from "@picket/lab";
import { createPlatform, type Platform, type PlatformProcess } from "./harness.ts";

const KEY = "a key of these tests: callbacks!";
let [platform, lab]: [Platform | undefined, RunningLab | undefined] = [undefined, undefined];
let listener: PlatformProcess;
let targetId: string;

beforeAll(async () => {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  platform = await createPlatform({ env: { CALLBACK_KEY: KEY, CALLBACK_URL: url, CALLBACK_PORT: port } });
  [lab, listener] = await Promise.all([startLab("fetching-vulnerable"), platform.startCallbacks({})]);
  await platform.startWorker();
  targetId = await platform.target({ baseUrl: `${lab.url}/` });
}, 90_000);
afterAll(async () => {
  await lab?.stop();
  await platform?.close();
}, 30_000);

async function scan() {
  if (!platform) throw new Error("not started");
  const scanId = await platform.startScan(targetId, { profile: "full", plugins: ["crawl", "ssrf"] });
  const status = await platform.scanEnd(scanId, 60_000);
  const findings = await platform.rows<{ place: string; status: string; verified: boolean; kinds: string[] }>(
    `SELECT i.route AS place, f.status::text, f.verified, array_agg(DISTINCT e.kind::text) AS kinds
     FROM finding f JOIN instance i ON i.finding_id = f.id JOIN evidence e ON e.id = ANY (f.evidence_ids)
     WHERE f.type = 'ssrf' AND f.target_id = $1::uuid GROUP BY i.route, f.id ORDER BY 1`,
    targetId,
  );
  return { status, findings };
}

it("finds what a target asks for, by a listener, a worker and a sandboxed plugin", async () => {
  const { status, findings } = await scan();
  expect(status).toBe("succeeded");
  expect(findings).toEqual(
    ["/avatar", "/preview"].map((place) => ({
      place,
      status: "open",
      verified: true,
      kinds: ["callback", "negative_control"],
    })),
  );
}, 90_000);

it("calls nothing fixed while nobody listens", async () => {
  expect(await listener.stop()).toBe(0);
  // Redis forgets that it was there, sooner than by the time that has passed.
  await platform?.loseRedis(0);
  const { status, findings } = await scan();
  expect(status).toBe("partially_succeeded");
  expect(findings.map((finding) => finding.status)).toEqual(["open", "open"]);
}, 90_000);
