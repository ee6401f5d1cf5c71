import type { ExpectedFinding } from "../expectation.ts";
import { documentOf, type SitePage } from "../site.ts";

/** Has the form of a private key, and is none: 59 bytes of sevens in a sequence. */
const KEY_BLOCK = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from([0x30, 62, 2, 1, 0]), Buffer.alloc(59, 7)]).toString("base64")}\n-----END PRIVATE KEY-----`;

/** Published by its owner, revoked, to show how the checksum in GitHub's tokens works. */
const REVOKED_TOKEN = ["ghp", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"].join("_");
const LIVE_KEY = ["sk", "live", "51Hq8ZpLmR2vT9xKcWbN3yUdGf6"].join("_");
const AWS_ID = ["AKIA", "Q3EGVZ7RDM4PXKJT"].join("");
const AWS_SECRET = "h8Zk2Lr0Vq9TnW4xYb7PmD3sJc6FgK1aUe5RiOoX";

const BUNDLE = `!function(){
const api={base:"/api",timeout:5e3};
const aws={accessKeyId:"${AWS_ID}",secretAccessKey:"${AWS_SECRET}"};
const deploy={token:"${REVOKED_TOKEN}"};
const stripe=Stripe("${LIVE_KEY}");
}();
`;

const SETTINGS = JSON.stringify({
  name: "camp",
  database: "postgres://camp:k3ttle-0n-f1re@db-1.camp.internal:5432/camp",
  signing: { private_key: KEY_BLOCK },
});

export const SECRET_PAGES: readonly SitePage[] = [
  { path: "/assets/app.js", type: "text/javascript; charset=utf-8", body: BUNDLE },
  { path: "/settings.json", type: "application/json", body: SETTINGS },
];

export const SECRET_FINDINGS: readonly ExpectedFinding[] = [
  { type: "exposed-cloud-key", severity: "high", where: "/assets/app.js" },
  { type: "exposed-access-token", severity: "high", where: "/assets/app.js" },
  { type: "exposed-payment-key", severity: "critical", where: "/assets/app.js" },
  { type: "exposed-connection-string", severity: "high", where: "/settings.json" },
  { type: "private-key-in-body", severity: "high", where: "/settings.json" },
];

const HOW_TO = `<p>Give the client your own key, never one from this page:</p>
<pre><code>export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
export STRIPE_KEY=sk_test_4eC39HqLyjWDarjtT1zdp7dc
export DATABASE_URL=postgres://user:password@localhost:5432/app
export MONGO_URL=mongodb://myUser:s3cretpass@host.example.com/app</code></pre>
<p>A key file begins with <code>-----BEGIN PRIVATE KEY-----</code> and ends with
<code>-----END PRIVATE KEY-----</code>:</p>
<pre>-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC...
-----END PRIVATE KEY-----</pre>`;

/** What a client needs to know, and words that only sound secret. */
const PUBLIC_SCRIPT = `const config={
recaptchaSiteKey:"6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI",
stripe:"pk_live_51Hq8ZpLmR2vT9xKcWbN3yUdGf6",
token:"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18",
password:"Enter your password",
secret:"\${process.env.SECRET}",
csrfToken:"q7Zk2mX9Lp4Rv8Tn3Wb6YcD1sF5gH0jK"
};
`;

export const SECRET_LOOKALIKES: readonly SitePage[] = [
  { path: "/docs/keys", body: documentOf("How to give a key", HOW_TO) },
  { path: "/assets/public.js", type: "text/javascript; charset=utf-8", body: PUBLIC_SCRIPT },
  {
    path: "/api/session",
    type: "application/json",
    headers: { "cache-control": "no-store" },
    body: JSON.stringify({ user: 7, token: "q7Zk2mX9Lp4Rv8Tn3Wb6YcD1sF5gH0jK" }),
  },
];
