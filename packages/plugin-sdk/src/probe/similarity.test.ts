import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { LINEAR_TIME_MS, processorTime } from "../testing/processor-time.ts";
import { answerOf } from "./answer.ts";
import { learnLikeness, type Sample } from "./similarity.ts";

const NAVIGATION = Array.from({ length: 150 }, (_, index) => `menu${index} entry`).join(" ");

function sample(body: string, { sent = "5", status = 200, location = "" } = {}): Sample {
  const headers: [string, string][] = [["content-type", "text/html"]];
  if (location) headers.push(["location", location]);
  return { answer: answerOf(testHttpResponse({ body, status, headers })), sent };
}

/** A page with a token and a clock of its own each time. */
function page(content: string, token: string): string {
  return `<nav>${NAVIGATION}</nav><p>${content}</p><input name=csrf value=${token}><i>${token}ms</i>`;
}

const dynamic = learnLikeness([sample(page("red tent", "a1")), sample(page("red tent", "b2"))], "5");

describe("learnLikeness", () => {
  it("leaves out what varies by itself", () => {
    expect(dynamic.isLike(sample(page("red tent", "c3")))).toBe(true);
  });

  it("leaves out clocks that stood still while it learned", () => {
    const at = (time: string) => sample(`<p>red tent</p><i>${time}</i>`);
    const learned = learnLikeness([at("2026-11-22T08:49:51+00:00"), at("2026-11-22T08:49:51+00:00")], "5");
    expect(learned.isLike(at("2026-11-22T08:50:02+00:00"))).toBe(true);
    const unix = learnLikeness([at("1795337391"), at("1795337391")], "5");
    expect(unix.isLike(at("1795337392"))).toBe(true);
    expect(unix.isLike(at("17953373"))).toBe(false);
  });

  it("sees a row less and a row more", () => {
    expect(dynamic.isLike(sample(page("", "d4")))).toBe(false);
    expect(dynamic.isLike(sample(page("red tent and a blue stove", "d4")))).toBe(false);
  });

  it("sees a word in a short text", () => {
    const short = learnLikeness([sample('{"ok":true}'), sample('{"ok":true}')], "5");
    expect(short.isLike(sample('{"ok":true}'))).toBe(true);
    expect(short.isLike(sample('{"ok":false}'))).toBe(false);
  });

  it("wants the same status and the same way on", () => {
    expect(dynamic.isLike(sample(page("red tent", "e5"), { status: 500 }))).toBe(false);
    const sentOn = (location: string) => sample("", { status: 302, location });
    const redirect = learnLikeness([sentOn("/home?t=1"), sentOn("/home?t=2")], "5");
    expect(redirect.isLike(sentOn("http://app.test/home?t=3"))).toBe(true);
    expect(redirect.isLike(sentOn("/login?t=3"))).toBe(false);
  });

  it.each([
    ["raw", (value: string) => value],
    ["with entities", (value: string) => value.replaceAll("'", "&#039;").replaceAll("=", "&#x3D;")],
    ["as a URL", (value: string) => `/?q=${encodeURIComponent(value).replaceAll("%20", "+")}`],
    ["as JSON", (value: string) => JSON.stringify(`"${value}`)],
  ])("does not take what a page repeats %s for its content", (_, echo) => {
    const searched = (value: string) => sample(page(`found for ${echo(value)}`, "f6"), { sent: value });
    const likeness = learnLikeness([searched("tents"), searched("tents")], "tents");
    expect(likeness.isLike(searched("tents' AND '17'='17"))).toBe(true);
  });

  it("takes time in proportion to the page", async () => {
    const long = page("a-b ".repeat(60_000), "g7");
    const compare = () => learnLikeness([sample(long), sample(long)], "5").isLike(sample(long));
    expect(await processorTime(compare)).toBeLessThan(LINEAR_TIME_MS);
  });
});
