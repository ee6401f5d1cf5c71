import { type FoundMark, findSecretMarks } from "@picket/core";
import type { ClaimId } from "./claims.ts";

/** A secret in a body, as far as its mark and what stands around it tell. */
export interface Sighting {
  readonly claim: ClaimId;
  /** Whose it is, in words that do not vary. */
  readonly kind: string;
  readonly mark: FoundMark;
  /** What shows that it is one: the issuer's checksum, its structure, or its looks alone. */
  readonly proof: "checksum" | "structure" | "looks";
}

/** Where a mark stands. Prose: text that a visitor reads, as in an article that explains keys. */
export type Place = "data" | "script" | "prose";

type Judge = (mark: FoundMark, text: string) => Omit<Sighting, "mark"> | null;

const has = ({ traits }: FoundMark, trait: string) => traits.includes(trait);
const randomLength = ({ traits }: FoundMark) =>
  Number(traits.find((trait) => trait.startsWith("random."))?.slice("random.".length) ?? 0);

/** Characters before or behind a mark that are taken to belong to it. */
const NEAR = 400;

function around(text: string, { start, end }: FoundMark): string {
  return text.slice(Math.max(0, start - NEAR), end + NEAR);
}

/** A token whose issuer has a checksum is one only when that holds; the others must look generated. */
function accessToken(kind: string): Judge {
  return (mark) => {
    if (has(mark, "checksum")) return { claim: "exposed-access-token", kind, proof: "checksum" };
    if (has(mark, "bad-checksum") || randomLength(mark) === 0) return null;
    return { claim: "exposed-access-token", kind, proof: "structure" };
  };
}

/** Of the kind `token` are also values that only their name calls so. */
const prefixedToken: Judge = (mark, text) =>
  has(mark, "prefixed") ? accessToken("token with its issuer's prefix")(mark, text) : null;

const AWS_SECRET_LENGTH = 40;
const AWS_SECRET_KINDS = new Set(["secret", "key", "token", "password"]);

const awsKey: Judge = (mark, text) => {
  const hasSecret = [...findSecretMarks(around(text, mark))].some(
    (other) => AWS_SECRET_KINDS.has(other.kind) && randomLength(other) === AWS_SECRET_LENGTH,
  );
  const proof = "structure";
  return { claim: hasSecret ? "exposed-cloud-key" : "cloud-key-id", kind: "AWS access key", proof };
};

const stripeKey: Judge = (mark) =>
  has(mark, "live") && randomLength(mark) > 0
    ? { claim: "exposed-payment-key", kind: "Stripe secret key", proof: "structure" }
    : null;

const privateKey: Judge = (mark, text) => {
  if (!has(mark, "parses") || has(mark, "encrypted")) return null;
  if (/"type"\s{0,8}:\s{0,8}"service_account"/.test(around(text, mark)))
    return { claim: "exposed-service-account", kind: "Google service account", proof: "checksum" };
  return { claim: "private-key-in-body", kind: "private key", proof: "checksum" };
};

const GOOGLE_API_KEY_LENGTH = 39;

const googleKey: Judge = (mark) => {
  const length = randomLength(mark);
  if (length === GOOGLE_API_KEY_LENGTH)
    return { claim: "exposed-api-key", kind: "Google API key", proof: "structure" };
  return length === 0 ? null : { claim: "exposed-access-token", kind: "Google OAuth", proof: "structure" };
};

const ADDRESS_HEAD =
  /\b(postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|ldaps?|ftps?|sftp|smtps?|https?):\/\/([^\s:/?#@"'`<>]{0,256}):$/;
/** Hosts that documents use, and those that mean the reader's own machine. */
const EXAMPLE_HOST =
  /^@(?:localhost|127\.|0\.0\.0\.0|\[::1\]|(?:[\w-]{1,63}\.){0,8}(?:example(?:\.(?:com|org|net))?|test|invalid|local(?:host)?)(?![\w.-])|(?:host(?:name)?|server|db|database|domain|your|my|proxy|user|ip|addr)[\w-]{0,20}(?![\w.-]))/i;

function address(mark: FoundMark, text: string): Omit<Sighting, "mark"> | null {
  const head = ADDRESS_HEAD.exec(text.slice(Math.max(0, mark.start - 300), mark.start));
  if (!head || EXAMPLE_HOST.test(text.slice(mark.end, mark.end + 300))) return null;
  return { claim: "exposed-connection-string", kind: `${head[1]} address`, proof: "structure" };
}

/** Assignments between semicolons, as .NET, JDBC and Azure write them, up to the one whose value is the secret. */
const CONNECTION_HEAD =
  /(?:\b(?:Server|Data Source|Host|Address)\s?=\s?|\bjdbc:[a-z:]{2,30}\/\/|\b(?:AccountName)=|\bEndpoint=sb:\/\/)([^\s;"'`<>/:?]{1,200})[^\n"'`<>]{0,300}[;?&]\s?(?:password|pwd|AccountKey|SharedAccessKey)\s?=\s?$/i;
const OWN_MACHINE = /^(?:\(|\.$|\.[\\,])/;

function connectionString(mark: FoundMark, text: string): Omit<Sighting, "mark"> | null {
  const host = CONNECTION_HEAD.exec(text.slice(Math.max(0, mark.start - NEAR), mark.start))?.[1];
  if (host === undefined || OWN_MACHINE.test(host) || EXAMPLE_HOST.test(`@${host}`)) return null;
  return { claim: "exposed-connection-string", kind: "connection string", proof: "structure" };
}

const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ["aws_key", awsKey],
  ["github_token", accessToken("GitHub")],
  ["gitlab_token", accessToken("GitLab")],
  ["npm_token", accessToken("npm")],
  ["slack_token", accessToken("Slack")],
  ["token", prefixedToken],
  ["stripe_key", stripeKey],
  ["private_key", privateKey],
  ["google_key", googleKey],
  ["password", (mark, text) => address(mark, text) ?? connectionString(mark, text)],
  ["key", connectionString],
]);

/** Assigned values that browsers need: keys that are public by design, and tokens of the visitor's own session. */
const PUBLIC_NAME =
  /csrf|xsrf|nonce|public|publishable|site.?key|captcha|anon|client.?id|analytics|sentry|integrity|cache|hash/i;
const ASSIGNED = /([\w$.-]{1,64})["'`]?\s{0,4}[:=]\s{0,4}["'`]$/;
const NAMED_KINDS = new Set(["key", "secret", "password", "token"]);

/** What an AWS key id stands beside is reported with it. */
function isOfCloudKey(mark: FoundMark, text: string): boolean {
  return (
    randomLength(mark) === AWS_SECRET_LENGTH &&
    /\[redacted:aws_key:(?![^\]]*example)/.test(around(text, mark))
  );
}

function assigned(mark: FoundMark, text: string): Omit<Sighting, "mark"> | null {
  const name = ASSIGNED.exec(text.slice(Math.max(0, mark.start - 100), mark.start))?.[1];
  if (!name || !NAMED_KINDS.has(mark.kind) || randomLength(mark) === 0) return null;
  if (PUBLIC_NAME.test(name) || isOfCloudKey(mark, text)) return null;
  return { claim: "possible-secret", kind: "named value", proof: "looks" };
}

/** Secrets in a text. `placeOf` tells where an index stands. */
export function detect(text: string, placeOf: (index: number) => Place): Sighting[] {
  return [...findSecretMarks(text)].flatMap((mark) => {
    if (has(mark, "example")) return [];
    const proven = JUDGES.get(mark.kind)?.(mark, text);
    const sighting = proven ?? (placeOf(mark.start) === "script" ? assigned(mark, text) : null);
    return sighting ? [{ ...sighting, mark }] : [];
  });
}
