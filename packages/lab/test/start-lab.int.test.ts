import { describe, expect, it } from "@jest/globals";
import { LABS, type LabName, startLab } from "../src/index.ts";

describe("startLab", () => {
  it("logs what it receives and frees the port when it stops", async () => {
    const lab = await startLab("fixed");
    await fetch(`${lab.url}/search?q=tent`, { headers: { "x-scan": "1" } }).then((response) =>
      response.text(),
    );
    const [request] = lab.requests();
    expect(request).toMatchObject({ method: "GET", url: "/search?q=tent", headers: { "x-scan": "1" } });
    await lab.stop();
    expect(request?.endedAt).toBeGreaterThanOrEqual(request?.startedAt ?? Number.POSITIVE_INFINITY);
    const again = await startLab("fixed", { port: Number(new URL(lab.url).port) });
    await again.stop();
  });

  it("rejects when the port is taken", async () => {
    const lab = await startLab("spa");
    await expect(startLab("spa", { port: Number(new URL(lab.url).port) })).rejects.toThrow("EADDRINUSE");
    await lab.stop();
  });

  it("ends the endless page with the application", async () => {
    const lab = await startLab("slow");
    const response = await fetch(`${lab.url}/endless`);
    await lab.stop();
    await expect(response.text()).rejects.toThrow();
  });

  const plain = (Object.keys(LABS) as LabName[]).filter((name) => !("secure" in LABS[name]));
  it.each(plain)("starts %s afresh each time, with the same noise", async (name) => {
    const path = name === "slow" ? "/page/1" : "/login";
    const read = async () => {
      const lab = await startLab(name);
      const texts: string[] = [];
      for (let count = 0; count < 2; count += 1) {
        texts.push(await fetch(lab.url + path).then((response) => response.text()));
      }
      await lab.stop();
      return texts;
    };
    const [one, other] = [await read(), await read()];
    expect(one).toEqual(other);
    if (name === "vulnerable" || name === "fixed" || name === "soft404") expect(one[0]).not.toBe(one[1]);
  });
});

describe("the shop", () => {
  it.each(["vulnerable", "fixed"] as const)("lets its customer log in (%s)", async (name) => {
    const lab = await startLab(name);
    const post = (password: string) =>
      fetch(`${lab.url}/login`, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ email: "demo@camp.example", password }),
      });
    expect((await post("wrong")).status).toBe(401);
    const cookie = (await post("kettle")).headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const account = await fetch(`${lab.url}/account`, { headers: { cookie } });
    expect(await account.text()).toContain("Hello demo@camp.example");
    await fetch(`${lab.url}/logout`, { headers: { cookie }, redirect: "manual" });
    const after = await fetch(`${lab.url}/account`, { headers: { cookie }, redirect: "manual" });
    expect(after.status).toBe(302);
    await lab.stop();
  });
});
