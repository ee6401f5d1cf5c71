import { describe, expect, it } from "@jest/globals";
import { escapeFilter, parseFilter } from "./filter.ts";

const ANN = { uid: ["ann"], cn: ["Ann Weber"], objectclass: ["top", "person"] };

describe("a filter", () => {
  it.each([
    ["(uid=ann)", true],
    ["(UID=ANN)", true],
    ["(uid=an)", false],
    ["(uid=a*n)", true],
    ["(uid=an*nn)", false],
    ["(cn=*web*)", true],
    ["(mail=*)", false],
    ["(uid=\\61nn)", true],
    ["(uid=\\2a)", false],
    ["(&(objectClass=person)(!(uid=bob)))", true],
    ["(|(uid=bob)(cn=ann*))", true],
    ["(&)", true],
    ["(|)", false],
  ])("%s is %s of Ann", (text, isTrue) => expect(parseFilter(text)(ANN)).toBe(isTrue));

  it.each([
    "",
    "uid=ann",
    "(uid=ann",
    "(uid=a(n)",
    "(uid=ann)(uid=bob)",
    "(uid=\\6)",
    "(=ann)",
    "(&(uid=ann)",
  ])("%s cannot be read", (text) => expect(() => parseFilter(text)).toThrow("Bad search filter"));

  it("has escaped values for what they are", () => {
    const value = "a*(b)\\c";
    expect(parseFilter(`(uid=${escapeFilter(value)})`)({ uid: [value] })).toBe(true);
  });
});
