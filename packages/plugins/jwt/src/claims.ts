import type { Claim } from "@picket/plugin-sdk";

const REFERENCES = [
  "https://www.rfc-editor.org/rfc/rfc8725",
  "https://cheatsheetseries.owasp.org/cheatsheets/JSON_Web_Token_for_Java_Cheat_Sheet.html",
];

const SIGN = [
  "Sign every token, and have the server accept the one algorithm that it signs with.",
  'Node.js: jwt.verify(token, key, { algorithms: ["RS256"] })',
  'Python: jwt.decode(token, key, algorithms=["RS256"])',
  "Java: Jwts.parser().verifyWith(key).build().parseSignedClaims(token)",
].join("\n");

const SHORT = [
  "Give access tokens an end (exp) of minutes, and renew them by a refresh token that the server can revoke.",
  'Node.js: jwt.sign(claims, key, { expiresIn: "15m" })',
  "Spring Authorization Server: TokenSettings.builder().accessTokenTimeToLive(Duration.ofMinutes(15))",
].join("\n");

export const CLAIMS = {
  "jwt-unsigned": {
    type: "jwt-unsigned",
    title: "A JSON Web Token carries no signature",
    description:
      "The application hands out a token whose header says alg: none, or whose signature is empty. Who accepts such tokens accepts any that a visitor writes.",
    severity: "high",
    remediation: SIGN,
    references: REFERENCES,
    cwe: 347,
  },
  "jwt-weak-key": {
    type: "jwt-weak-key",
    title: "A JSON Web Token is signed with a key that anybody would try",
    description:
      "The key of the token's signature (HMAC) is one of those that tutorials and templates use, such as secret or changeme. Whoever has one token finds it at once, and can sign tokens for any user.",
    severity: "high",
    remediation: `Sign with a random key of 256 bits or more from the deployment's secrets, replace the one in use, and so end all tokens that it has signed.\nA key: openssl rand -base64 48\n${SIGN}`,
    references: [...REFERENCES, "https://www.rfc-editor.org/rfc/rfc7518#section-3.2"],
    cwe: 1391,
  },
  "jwt-private-claims": {
    type: "jwt-private-claims",
    title: "A JSON Web Token carries a password or the like",
    description:
      "The claims of a token are encoded and not encrypted: whoever has the token, and each log it passes, can read them. One of them is named like a password, key or card number.",
    severity: "medium",
    remediation: "Put an id into the token and keep the rest on the server.",
    references: REFERENCES,
    cwe: 312,
  },
  "jwt-no-expiry": {
    type: "jwt-no-expiry",
    title: "A JSON Web Token never expires",
    description: "The token has no exp claim, so that a copy works until the key is changed.",
    severity: "low",
    remediation: SHORT,
    references: REFERENCES,
    cwe: 613,
  },
  "jwt-long-life": {
    type: "jwt-long-life",
    title: "A JSON Web Token lives for months",
    description:
      "Between the token's issue (iat) and its end (exp) lie 90 days or more, in which a copy of it works.",
    severity: "low",
    remediation: SHORT,
    references: REFERENCES,
    cwe: 613,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
