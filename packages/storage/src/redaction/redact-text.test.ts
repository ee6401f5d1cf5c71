import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { redactText } from "./redact-text.ts";
import type { RedactionPolicy } from "./redaction-mark.ts";

const PLAIN: RedactionPolicy = { emails: false, cards: false };
const ALL: RedactionPolicy = { emails: true, cards: true };
const KEYED: RedactionPolicy = { ...ALL, key: "a key of this deployment, 32 chars" };

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const words = (count: number, alphabet: string) =>
  Array.from({ length: count }, (_, i) => alphabet[i % alphabet.length]).join("");

const withoutTraits = (text: string) => text.replaceAll(/(\[redacted:\w+)(~[a-z0-9.-]+)+\]/g, "$1]");

describe("redactText on credentials that show what they are", () => {
  it.each([
    ["jwt", JWT],
    ["jwt", JWT.slice(0, 40)],
    ["aws_key", "AKIAIOSFODNN7EXAMPLE"],
    ["github_token", `ghp_${words(36, "aB3")}`],
    ["github_token", `github_pat_${words(60, "aB3_")}`],
    ["gitlab_token", `glpat-${words(20, "xY1-")}`],
    ["google_key", `AIza${words(35, "Sy-_9")}`],
    ["npm_token", `npm_${words(36, "aB3")}`],
    ["slack_token", `xoxb-${words(24, "123-")}`],
    ["slack_token", `hooks.slack.com/services/T0000/B0000/${words(24, "xX")}`],
    ["stripe_key", `sk_live_${words(24, "aB3")}`],
    ["password", "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV0123456789."],
    ["password", "$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00"],
    ["token", `sk-${words(48, "aB3")}`],
    ["token", `shpat_${words(32, "a3f9")}`],
    ["token", `sk.eyJ${words(30, "aB3")}.${words(22, "aB3")}`],
    ["token", `discord.com/api/webhooks/${words(18, "123")}/${words(68, "aB3-")}`],
  ])("marks a %s", (kind, secret) => {
    expect(withoutTraits(redactText(`(${secret})`, PLAIN))).toBe(`([redacted:${kind}])`);
  });

  it.each([
    [
      "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter",
      "[redacted:private_key]\nafter",
    ],
    ["-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n", "[redacted:private_key]\\n"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "[redacted:private_key]"],
    ["-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"],
  ])("treats the block %j", (text, expected) => {
    expect(redactText(text, PLAIN)).toBe(expected);
  });

  it.each([
    [
      '{"private_key":"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n"}',
      '{"private_key":"[redacted:private_key]\\n"}',
    ],
    ["Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted:basic]"],
    ["Bearer abc123def456", "Bearer [redacted:bearer]"],
    [`Bearer ${JWT}`, "Bearer [redacted:jwt~jwt~alg.hs256~no-exp~random.85]"],
    ["postgres://app:p@ss@db/x", "postgres://app:[redacted:password]@db/x"],
    ["redis://:pw@cache:6379", "redis://:[redacted:password]@cache:6379"],
  ])("keeps what is around a credential: %j", (text, expected) => {
    expect(redactText(text, PLAIN)).toBe(expected);
  });
});

describe("redactText on secret fields", () => {
  it.each([
    ['{"user":"bob","password":"hunter\\"2","n":1}', '{"user":"bob","password":"[redacted:password]","n":1}'],
    ['{"password": 12345}', '{"password": "[redacted:password]"}'],
    ['{"passwordHash":"$2b$10$abc"}', '{"passwordHash":"[redacted:password]"}'],
    ['{\\"token\\":\\"x\\\\\\"y\\",\\"n\\":1}', '{\\"token\\":\\"[redacted:token]\\",\\"n\\":1}'],
    ["&quot;password&quot;:&quot;hunter2&quot;,", "&quot;password&quot;:&quot;[redacted:password]&quot;,"],
    ['"password":"cut off', '"password":"[redacted:password]'],
    ["password=hunter2&next=/", "password=[redacted:password]&next=/"],
    ["a=1&user[password]=hunter2", "a=1&user[password]=[redacted:password]"],
    ["user%5Bpassword%5D=hunter2&b=1", "user%5Bpassword%5D=[redacted:password]&b=1"],
    ["/?access_token=abc&x=1#api_key=def", "/?access_token=[redacted:token]&x=1#api_key=[redacted:key]"],
    ['href="/?a=1&amp;token=abc"', 'href="/?a=1&amp;token=[redacted:token]"'],
    ["?next=%2Fa%3Ftoken%3Dabc%26b&c", "?next=%2Fa%3Ftoken%3D[redacted:token]%26b&c"],
    ["/login;jsessionid=ABC123?x=1", "/login;jsessionid=[redacted:session]?x=1"],
    ["DB_HOST=db\nDB_PASSWORD=p&ss (w0rd);\nA=1", "DB_HOST=db\nDB_PASSWORD=[redacted:password]\nA=1"],
    ["export API_TOKEN=abc", "export API_TOKEN=[redacted:token]"],
    ["# AWS_SECRET_ACCESS_KEY = abc/def", "# AWS_SECRET_ACCESS_KEY = [redacted:key]"],
    ["spring.datasource.password = s3cret", "spring.datasource.password = [redacted:password]"],
    ["db:\r\n  password: s3cret\r\n", "db:\r\n  password: [redacted:password]\r\n"],
    ["X-Auth-Token: abc\nHost: x", "X-Auth-Token: [redacted:token]\nHost: x"],
    ["Cookie: sid=1; b=2\n", "Cookie: [redacted:cookie]\n"],
    ["Set-Cookie: sid=abc; Path=/; HttpOnly\n", "Set-Cookie: sid=[redacted:cookie]; Path=/; HttpOnly\n"],
    ["set-cookie: sid=[redacted:cookie:ab12cd]; Secure", "set-cookie: sid=[redacted:cookie:ab12cd]; Secure"],
    ["define('DB_PASSWORD', 'x y');", "define('DB_PASSWORD', '[redacted:password]');"],
    ["$config['secret'] = \"x\";", "$config['secret'] = \"[redacted:secret]\";"],
    ["{clientSecret:`x`}", "{clientSecret:`[redacted:secret]`}"],
    ["define('NONCE_SALT', 'x');", "define('NONCE_SALT', '[redacted:secret]');"],
    ["ENV DB_PASSWORD=x y", "ENV DB_PASSWORD=[redacted:password]"],
    ['"Server=db;Password=a/b?c;Pooling=on"', '"Server=db;Password=[redacted:password];Pooling=on"'],
    ['<add key="DbPassword" value="x" />', '<add key="DbPassword" value="[redacted:password]" />'],
    ['{"name": "Cookie", "value": "sid=1"}', '{"name": "Cookie", "value": "[redacted:cookie]"}'],
    [
      '{"Set-Cookie":["a=1; Path=/","b=2"],"n":[1]}',
      '{"Set-Cookie":["[redacted:secret]","[redacted:secret]"],"n":[1]}',
    ],
    // Cut off in the middle.
    ['{"Set-Cookie":["a=1; Path=/","b=2', '{"Set-Cookie":["[redacted:secret]","[redacted:secret]'],
    ["<password>hunter2</password>", "<password>[redacted:password]</password>"],
    [
      '<input name="csrf_token" type="hidden" value="abc">',
      '<input name="csrf_token" type="hidden" value="[redacted:token]">',
    ],
    ["password: [redacted:password:ab12cd]", "password: [redacted:password:ab12cd]"],
  ])("marks the value alone in %j", (text, expected) => {
    expect(redactText(text, PLAIN)).toBe(expected);
  });

  it.each([
    "var token = getToken();",
    'if (token === "x") password = null;',
    "e.token=t.token,n&&token=abc",
    '["password", "email", "token"]',
    'document.cookie = "a=b"',
    '{"tokenType":"bearer","tokenId":4,"passed":"yes","keyword":"x"}',
    '{"jsonwebtoken": "^9.0.2", "cookie": "1.0.1"}',
    "Basic authentication, Bearer functionality and a token of thanks",
    '<label for="password">Your password</label><input type="password" name="password">',
    "password:\n  - must be long",
    '{"password": ["is too short"]}',
    "a=1;password=e.value;token=b",
    'data-token=""',
    "4111 1111 1111 1111 bob@example.com",
  ])("leaves %j as it is", (text) => {
    expect(redactText(text, PLAIN)).toBe(text);
  });
});

describe("redactText on personal data", () => {
  it.each([
    ["bob.a+b@mail.example.co.uk, x", "[redacted:email], x"],
    ["<bob@example.com>", "<[redacted:email]>"],
    [
      "icon@2x.png lodash@4.17.21 @scope/name user@localhost",
      "icon@2x.png lodash@4.17.21 @scope/name user@localhost",
    ],
    ["4111 1111 1111 1111", "[redacted:card]"],
    ["378282246310005, 5555-5555-5555-4444", "[redacted:card], [redacted:card]"],
    [
      "4111111111111112 v4111111111111111 41111111111111110000000",
      "4111111111111112 v4111111111111111 41111111111111110000000",
    ],
  ])("treats %j", (text, expected) => {
    expect(redactText(text, ALL)).toBe(expected);
  });
});

describe("marks", () => {
  it("show that two secrets are equal, wherever they stand, without showing them", () => {
    const [first, second, third] = ["password=hunter2", '{"pwd":"hunter2"}', "password=hunter3"].map(
      (text) => /:([0-9a-f]{6})\]/.exec(redactText(text, KEYED))?.[1],
    );
    expect(first).toMatch(/^[0-9a-f]{6}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("cannot be compared with those of another deployment, and show nothing without a key", () => {
    const other = { ...KEYED, key: "the key of another deployment, 32" };
    expect(redactText("password=hunter2", KEYED)).not.toBe(redactText("password=hunter2", other));
    expect(redactText("password=hunter2", ALL)).toBe("password=[redacted:password]");
  });
});

const PIECES = [
  "password",
  "token",
  "api_key",
  "Cookie",
  "=",
  ":",
  '"',
  "'",
  "\\",
  "&",
  "?",
  ";",
  "\n",
  " ",
  "<",
  ">",
  "{",
  ",",
  "a",
  "1",
  "&quot;",
  "%3D",
  "%26",
  "Bearer ",
  "Basic ",
  "eyJabcdefgh.",
  "AKIAIOSFODNN7EXAMPLE",
  "://",
  "@",
  "example.com",
  "4111111111111111",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "export ",
  "name=",
  "value=",
  "[redacted:",
  "]",
];
const messyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(""));

describe("any text", () => {
  it("changes no more when it is redacted again", () => {
    fc.assert(
      fc.property(messyText, (text) => {
        const once = redactText(text, ALL);
        expect(redactText(once, ALL)).toBe(once);
      }),
      // A fixed seed: what a second pass finds is no leak, and must not stop a build at random.
      { numRuns: 5_000, seed: 1 },
    );
  });

  it("keeps no token of a known format, whatever stands around it", () => {
    const separator = fc.constantFrom(" ", "\n", '"', "'", "=", ":", "(", "/", ">", ",");
    fc.assert(
      fc.property(messyText, separator, separator, messyText, (before, left, right, after) => {
        expect(redactText(before + left + JWT + right + after, PLAIN)).not.toContain(JWT);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps no password of a JSON document, a form or a query", () => {
    const password = fc.stringMatching(/^[ -~]{1,30}$/).map((text) => `Zq7${text}`);
    fc.assert(
      fc.property(password, fc.json(), (value, rest) => {
        const json = JSON.stringify({ before: rest, db_password: value, after: rest });
        expect(JSON.parse(withoutTraits(redactText(json, ALL)))).toMatchObject({
          db_password: "[redacted:password]",
        });
        const form = new URLSearchParams({ a: rest, password: value, b: "1" }).toString();
        expect(new URLSearchParams(withoutTraits(redactText(form, ALL))).get("password")).toBe(
          "[redacted:password]",
        );
      }),
      {
        numRuns: 500,
        // A secret's name at the end of a JSON text in a string: the rest of the document is not its value.
        examples: [["Zq7 ", '[["pWd:"]]']],
      },
    );
  });

  it.each([
    "token",
    'token="',
    "token=",
    "&token=a",
    "PASSWORD=a\n",
    "-----BEGIN PRIVATE KEY-----",
    "eyJabcdefgh-",
    "eyJ",
    "a@",
    "@a.a",
    "4 ",
    "://a:",
    "Bearer a",
    'name="token" ',
    "token&quot;:&quot;",
    "<password>",
    "\\",
    '("token","',
    "token%3D",
    `${"a".repeat(64)}@`,
  ])("takes time in proportion to its length when it repeats %j", (unit) => {
    const cpuMs = (length: number) => {
      const text = unit.repeat(length / unit.length);
      const before = process.cpuUsage();
      redactText(text, ALL);
      return process.cpuUsage(before).user / 1_000;
    };
    cpuMs(50_000);
    // A quadratic rule would need 400 times as long for 20 times the text; noise stays far below.
    expect(cpuMs(1_000_000)).toBeLessThan(100 * Math.max(2, cpuMs(50_000)));
  });
});
