import { describe, expect, it } from "@jest/globals";
import { destructiveWord } from "./destructive-url.ts";
import { parseWebUrl } from "./web-url.ts";

const wordIn = (path: string, words?: string[]) => destructiveWord(parseWebUrl(path, "http://a.test"), words);

describe("destructiveWord", () => {
  it.each([
    ["/logout", "logout"],
    ["/user/sign-out", "sign out"],
    ["/account?action=deleteAll", "delete"],
    ["/signOff", "sign off"],
    ["/cart/clear", "clear"],
    ["/x.php?do=log_out", "log out"],
    ["/%6Cogout", "logout"],
    ["/log%2Dout", "log out"],
    ["/100%/logout", "logout"],
    ["/?logout", "logout"],
    ["/cart?removeItem=4", "remove"],
    ["/?q=user/logout", "logout"],
    ["/cart?submit=Empty+the+cart", "empty"],
  ])("holds back %s", (path, word) => expect(wordIn(path)).toBe(word));

  it.each([
    "/login",
    "/blog/outdoors",
    "/signup",
    "/clearance",
    "/catalog/outlet",
    "/dropdown",
    "/search?q=how+to+delete+a+file",
    "/list?state=empty&title=clear%20glass",
  ])("lets pass %s", (path) => expect(wordIn(path)).toBeNull());

  it("takes the operator's words in place of its own", () => {
    expect(wordIn("/logout", ["abmelden"])).toBeNull();
    expect(wordIn("/konto/abmelden", ["abmelden"])).toBe("abmelden");
  });
});
