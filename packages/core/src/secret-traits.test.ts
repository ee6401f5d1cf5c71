import { describe, expect, it } from "@jest/globals";
import { secretTraits } from "./secret-traits.ts";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (header: object, claims: object, signature = "c2lnbmF0dXJl") =>
  `${encode(header)}.${encode(claims)}.${signature}`;

/** Revoked by its owner when it was published, to document the format. */
const REVOKED = "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";
/** A sequence of 62 bytes. */
const DER = Buffer.concat([Buffer.from([0x30, 62, 2, 1, 0]), Buffer.alloc(59, 7)]).toString("base64");
const pem = (body: string, kind = "PRIVATE KEY") => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----`;

describe("secretTraits", () => {
  it.each<[string, string, string[]]>([
    ["a token whose checksum holds", REVOKED, ["checksum", "random.40"]],
    ["the same with one letter changed", REVOKED.replace("zQW", "zQX"), ["bad-checksum", "random.40"]],
    ["Stripe's live mode", "sk_live_51Hq8ZpLmR2vT9xKcWbN3yUd", ["live", "random.32"]],
    ["Stripe's documented key", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", ["example", "test"]],
    ["AWS' documented key", "AKIAIOSFODNN7EXAMPLE", ["example"]],
    ["a key like AWS'", "AKIAQ3EGVZ7RDM4PXKJT", ["random.20"]],
    ["a placeholder", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ["example", "bad-checksum"]],
    [
      "a webhook",
      "discord.com/api/webhooks/1234512345123451234/q7Zk2mX9Lp4Rv8Tn3Wb6Yc",
      ["prefixed", "random.67"],
    ],
    ["words", "correct horse battery staple", []],
    ["a name", "application-settings-provider", []],
    ["a generated value", "q7Zk2mX9Lp4Rv8Tn3Wb6Yc", ["random.22"]],
    ["a short value", "hunter2", []],
    ["a key block that decodes", pem(DER), ["parses"]],
    ["one in a JSON string", pem(DER).replaceAll("\n", "\\n"), ["parses"]],
    ["one that needs a passphrase", pem(DER, "ENCRYPTED PRIVATE KEY"), ["parses", "encrypted"]],
    ["a cut one", pem(DER.slice(0, 40)), []],
    ["dots where the key would be", pem("..."), []],
  ])("reads %s", (_what, value, traits) => {
    expect(secretTraits(value)).toEqual(traits);
  });

  it.each<[string, string, string[]]>([
    ["no algorithm", jwt({ alg: "none" }, { exp: 2e9 }, ""), ["jwt", "alg.none", "unsigned"]],
    ["no end", jwt({ alg: "HS256" }, { sub: "7" }), ["jwt", "alg.hs256", "no-exp"]],
    ["a life of years", jwt({ alg: "RS256" }, { iat: 0, exp: 4e7 }), ["jwt", "alg.rs256", "days.462"]],
    [
      "a password within a claim",
      jwt({ alg: "HS256" }, { exp: 2e9, data: { id: 7, password: "x" } }),
      ["jwt", "alg.hs256", "private-claims"],
    ],
    [
      "a password",
      jwt({ alg: "HS256" }, { exp: 2e9, password: "x" }),
      ["jwt", "alg.hs256", "private-claims"],
    ],
  ])("reads a JSON Web Token with %s", (_what, value, traits) => {
    expect(secretTraits(value).filter((trait) => !trait.startsWith("random"))).toEqual(traits);
  });

  it("says nothing of values that are no token", () => {
    expect(secretTraits("eyJhbGciOiJIUzI1NiJ9.not-json.c2ln").filter((trait) => trait === "jwt")).toEqual([]);
  });
});
