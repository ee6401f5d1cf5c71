import { describe, expect, it } from "@jest/globals";
import { benignLike, createControl, randomPathUrl } from "./control.ts";

describe("randomPathUrl", () => {
  it.each([
    ["http://a.test/", "http://a.test/TOKEN"],
    ["http://a.test/.env", "http://a.test/.TOKEN"],
    ["http://a.test/.git/config", "http://a.test/.git/TOKEN"],
    ["http://a.test/app/backup.tar.gz?x=1#y", "http://a.test/app/TOKEN.tar.gz"],
    ["http://a.test/.htpasswd.bak", "http://a.test/.TOKEN.bak"],
    ["http://a.test/admin/", "http://a.test/TOKEN/"],
    ["http://a.test/a/.svn/", "http://a.test/a/.TOKEN/"],
  ])("keeps the shape of %s", (like, expected) => {
    expect(randomPathUrl(like, "TOKEN")).toBe(expected);
  });
});

describe("benignLike", () => {
  it("keeps length, case and digits and drops every character with a meaning", () => {
    expect(benignLike(`' OR 1=1--<B>`)).toBe("xxXXx1x1xxxXx");
  });
});

describe("createControl", () => {
  it.each([
    [undefined, /^http:\/\/a\.test\/app\/[a-z]{16}$/],
    ["/app/", /^http:\/\/a\.test\/app\/[a-z]{16}$/],
    ["old.zip", /^http:\/\/a\.test\/app\/[a-z]{16}\.zip$/],
    ["/app/x/", /^http:\/\/a\.test\/app\/[a-z]{16}\/$/],
  ])("asks below the base for a path like %s", async (like, expected) => {
    const asked: string[] = [];
    const http = {
      request: () => Promise.reject(new Error("unused")),
      get: async (url: string) => {
        asked.push(url);
        return { ok: false, reason: "cancelled", detail: "" } as const;
      },
    };
    await createControl(http, "http://a.test/app/").randomPath(like);
    expect(asked[0]).toMatch(expected);
  });
});
