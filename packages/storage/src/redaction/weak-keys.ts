import { createHmac } from "node:crypto";
import { parseJson } from "@picket/core";

/**
 * Keys that documentation, tutorials and templates sign tokens with, and the words that people write in their place: what
 * anybody tries first.
 */
const WEAK_KEYS =
  `secret Secret SECRET secret123 secret_key secretkey secretKey SECRET_KEY supersecret super-secret
super_secret super-secret-key supersecretkey mysecret my-secret my_secret mysecretkey my-secret-key my_secret_key topsecret
top-secret verysecret shhhhh shhhhhhh shhhh password Password password1 passw0rd pass passphrase admin admin123 root test
test123 testing testsecret test-secret dev development default changeme changeit change-me change_me changethis
please-change-me key mykey my-key privatekey private-key private_key signingkey signing-key jwt JWT jwtsecret jwt-secret
jwt_secret JWT_SECRET jwt-key jwtkey jwt_secret_key jwt-secret-key jsonwebtoken token tokensecret token-secret access
accesstoken access-secret refresh refresh-secret session session-secret keyboard-cat app appsecret app-secret app_secret
hello helloworld example demo sample guest user qwerty abc abc123 abcdef 1234 12345 123456 1234567 12345678 123456789
1234567890 0000 1111 foo bar foobar foo-bar baz random somesecret some-secret your-secret your_secret your-secret-key
your-256-bit-secret your-384-bit-secret your-512-bit-secret a-string-secret-at-least-256-bits-long
c2VjcmV0 api apikey api-key api_key server express node nodejs flask django laravel rails spring symfony nestjs nest auth
auth-secret authsecret hmac hs256 HS256 none null undefined letmein welcome master monkey dragon iloveyou`
    .split(/\s+/)
    .concat(
      "keyboard cat",
      "my secret",
      "my secret key",
      "super secret",
      "top secret",
      "your secret key",
      "",
    );

const HASHES: Readonly<Record<string, string>> = { HS256: "sha256", HS384: "sha384", HS512: "sha512" };

function algorithmOf(header: string): string {
  try {
    return String((parseJson(Buffer.from(header, "base64url").toString()) as { alg?: unknown }).alg);
  } catch {
    // No token, though it has three parts.
    return "";
  }
}

/** Whether a JSON Web Token is signed with a key that anybody would try: some 150 HMACs, none for other values. */
export function hasWeakKey(value: string): boolean {
  const [header = "", payload = "", signature = "", ...more] = value.split(".");
  const hash = more.length === 0 ? HASHES[algorithmOf(header)] : undefined;
  if (hash === undefined || signature === "") return false;
  const signed = `${header}.${payload}`;
  return WEAK_KEYS.some((key) => createHmac(hash, key).update(signed).digest("base64url") === signature);
}
