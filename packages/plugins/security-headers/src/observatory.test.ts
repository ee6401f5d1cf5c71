import { describe, expect, it } from "@jest/globals";
import { type HeaderList, parseWebUrl } from "@picket/core";
import { gradeOf } from "./observatory.ts";

function grade(
  headers: HeaderList,
  scripts: { src: string; integrity: string | undefined }[] = [],
  url = "https://app.test/",
) {
  const page = {
    url: parseWebUrl(url),
    status: 200,
    headers,
    isHtml: true,
    meta: { csp: [], referrer: [] },
    scripts,
  };
  const { score, grade: letter } = gradeOf(page);
  return `${letter} ${score}`;
}

const BEST: HeaderList = [
  ["content-security-policy", "default-src 'none'; script-src 'self'; frame-ancestors 'none'"],
  ["strict-transport-security", "max-age=31536000"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
];

const without = (...names: string[]) => BEST.filter(([name]) => !names.includes(name));

describe("gradeOf", () => {
  it.each<[string, HeaderList, string]>([
    ["everything", BEST, "A+ 120"],
    [
      "everything and a resource policy",
      [...BEST, ["cross-origin-resource-policy", "same-origin"]],
      "A+ 130",
    ],
    ["nothing", [], "D 30"],
    ["no HSTS", without("strict-transport-security"), "B+ 80"],
    ["no policy", without("content-security-policy"), "C 55"],
    ["no nosniff: what is added counts from 90", without("x-content-type-options"), "A+ 115"],
    [
      "an unsafe policy",
      [
        ...without("content-security-policy"),
        ["content-security-policy", "script-src 'unsafe-inline'; frame-ancestors 'none'"],
      ],
      "B+ 80",
    ],
    [
      "a session over HTTP",
      [...without("strict-transport-security"), ["set-cookie", "sid=x; HttpOnly"]],
      "D+ 40",
    ],
    ["a session that HSTS keeps off HTTP", [...BEST, ["set-cookie", "sid=x; HttpOnly"]], "A+ 110"],
    ["a session for scripts", [...BEST, ["set-cookie", "sid=x; Secure"]], "B 70"],
    ["cookies with all flags", [...BEST, ["set-cookie", "sid=x; Secure; HttpOnly; SameSite=Lax"]], "A+ 125"],
  ])("grades a page with %s", (_what, headers, expected) => {
    expect(grade(headers)).toBe(expected);
  });

  it("counts scripts of other sites", () => {
    const script = (src: string, integrity?: string) => [{ src, integrity }];
    expect(grade(BEST, script("/a.js"))).toBe("A+ 120");
    expect(grade(BEST, script("https://cdn.example.net/a.js"))).toBe("A+ 115");
    expect(grade(BEST, script("https://cdn.example.net/a.js", "sha384-x"))).toBe("A+ 125");
    expect(grade(BEST, script("//cdn.example.net/a.js"))).toBe("C 50");
  });

  it("does not ask a plain site for HSTS", () => {
    expect(grade(without("strict-transport-security"), [], "http://127.0.0.1:8080/")).toBe("A+ 120");
  });
});
