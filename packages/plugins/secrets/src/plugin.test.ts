import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const SCRIPT: TestFetch = { url: "/app.js", headers: { "content-type": "text/javascript" } };
const HTML: TestFetch = { url: "/", headers: { "content-type": "text/html" } };
const JSON_BODY: TestFetch = { url: "/api", headers: { "content-type": "application/json" } };

async function findings(body: string, fetch: TestFetch = SCRIPT): Promise<string[]> {
  const result = await testPlugin(plugin, { fetches: [{ ...fetch, body }] });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ type, severity }) => `${type} ${severity}`);
}

const GITHUB = "[redacted:github_token:ab12cd~checksum~random.40]";
const AWS = "[redacted:aws_key:ab12cd~random.20]";
const PEM = "[redacted:private_key:ab12cd~parses]";

describe("secrets", () => {
  it.each<[string, string, string[]]>([
    ["a token whose checksum holds", `var t = "${GITHUB}";`, ["exposed-access-token high"]],
    ["one whose checksum does not", 'var t = "[redacted:npm_token:ab12cd~bad-checksum~random.40]";', []],
    ["a documented example", 'var t = "[redacted:aws_key:ab12cd~example]";', []],
    [
      "a token without a checksum",
      '"[redacted:slack_token:ab12cd~random.57]"',
      ["exposed-access-token high"],
    ],
    ["one that looks like words", '"[redacted:slack_token:ab12cd]"', []],
    ["a token with a prefix", '"[redacted:token:ab12cd~prefixed~random.51]"', ["exposed-access-token high"]],
    ["a live payment key", '"[redacted:stripe_key:ab12cd~live~random.32]"', ["exposed-payment-key critical"]],
    ["a test payment key", '"[redacted:stripe_key:ab12cd~test~random.32]"', []],
    ["a key id alone", `id: "${AWS}"`, ["cloud-key-id low"]],
    [
      "a key id with its secret",
      `{id: "${AWS}", secretAccessKey: "[redacted:key:ef34ab~random.40]"}`,
      ["exposed-cloud-key high"],
    ],
    ["a key for maps", 'key: "[redacted:google_key:ab12cd~random.39]"', ["exposed-api-key info"]],
    ["a private key", `const k = \`${PEM}\``, ["private-key-in-body high"]],
    ["one that needs a passphrase", '"[redacted:private_key:ab12cd~parses~encrypted]"', []],
    ["dots where a key would be", '"[redacted:private_key:ab12cd]"', []],
    [
      "a generated value with a telling name",
      'const apiSecret = "[redacted:secret:ab12cd~random.32]"',
      ["possible-secret low"],
    ],
    ["a word with such a name", 'label: {password: "[redacted:password:ab12cd]"}', []],
    ["what is public by name", 'recaptchaSiteKey: "[redacted:key:ab12cd~random.40]"', []],
    ["an anti-forgery token", 'csrfToken: "[redacted:token:ab12cd~random.64]"', []],
  ])("judges %s in a script", async (_what, body, expected) => {
    expect((await findings(body)).sort()).toEqual(expected);
  });

  it.each<[string, string[]]>([
    [
      "postgres://app:[redacted:password:ab12cd]@db-1.camp.internal:5432/app",
      ["exposed-connection-string high"],
    ],
    [
      "mongodb+srv://app:[redacted:password:ab12cd]@cluster0.x1.mongodb.net",
      ["exposed-connection-string high"],
    ],
    ["https://bot:[redacted:password:ab12cd]@git.camp.internal/x", ["exposed-connection-string high"]],
    ["postgres://user:[redacted:password:ab12cd~example]@db-1.camp.internal/app", []],
    ["postgres://app:[redacted:password:ab12cd]@localhost:5432/app", []],
    ["postgres://app:[redacted:password:ab12cd]@hostname:5432/app", []],
    ["https://bot:[redacted:password:ab12cd]@www.example.com/", []],
    [
      "Server=sql01.camp.internal;Database=x;User Id=sa;Password=[redacted:password:ab12cd];",
      ["exposed-connection-string high"],
    ],
    ["Data Source=.;Initial Catalog=x;Password=[redacted:password:ab12cd]", []],
    ["Server=(localdb)\\\\x;Password=[redacted:password:ab12cd]", []],
    ["Server=myServerAddress;Database=x;Pwd=[redacted:password:ab12cd]", []],
    [
      "jdbc:mysql://db.camp.internal:3306/x?user=x&password=[redacted:password:ab12cd]",
      ["exposed-connection-string high"],
    ],
    [
      "DefaultEndpointsProtocol=https;AccountName=camp;AccountKey=[redacted:key:ab12cd~random.88];",
      ["exposed-connection-string high"],
    ],
    ["https://bot:[redacted:password:ab12cd]@example.company.internal/", ["exposed-connection-string high"]],
  ])("judges the address %s", async (body, expected) => {
    expect(await findings(body, JSON_BODY)).toEqual(expected);
  });

  it("tells a service account from a key", async () => {
    const body = `{"type": "service_account", "project_id": "p", "private_key": "${PEM}"}`;
    expect(await findings(body, JSON_BODY)).toEqual(["exposed-service-account critical"]);
  });

  it("takes what an article shows for a hint, unless the issuer's checksum holds", async () => {
    const article = (secret: string) =>
      `<article><p>Write this:</p><pre><code>${secret}</code></pre></article>`;
    expect(await findings(article(PEM), HTML)).toEqual(["private-key-in-body low"]);
    expect(await findings(article(GITHUB), HTML)).toEqual(["exposed-access-token high"]);
    expect(await findings(article('secret = "[redacted:secret:ab12cd~random.32]"'), HTML)).toEqual([]);
  });

  it("reads comments and inline scripts of pages as what they are", async () => {
    expect(await findings(`<p>Hi</p><!-- deploy: ${PEM} -->`, HTML)).toEqual(["private-key-in-body high"]);
    expect(await findings(`<script>var k = "${PEM}"</script>`, HTML)).toEqual(["private-key-in-body high"]);
  });

  it("leaves tokens alone that an answer gives its visitor", async () => {
    expect(await findings('{"token": "[redacted:token:ab12cd~random.64]"}', JSON_BODY)).toEqual([]);
  });

  it("reports one secret once, wherever it shows, and shows its mark only", async () => {
    const fetches = ["/a.js", "/b.js"].map((url) => ({ ...SCRIPT, url, body: `let t = "${GITHUB}"` }));
    const result = await testPlugin(plugin, { fetches });
    expect(result.of("finding").map(({ rootCause }) => rootCause)).toEqual([
      { level: "target", key: "ab12cd GitHub" },
      { level: "target", key: "ab12cd GitHub" },
    ]);
    expect(result.of("evidence")[0]).toMatchObject({
      kind: "content_proof",
      snippet: `let t = "${GITHUB}"`,
      details: { kind: "GitHub", proof: "checksum", line: 1 },
    });
  });
});
