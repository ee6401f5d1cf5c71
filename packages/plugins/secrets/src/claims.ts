import type { Claim } from "@picket/plugin-sdk";

const OWASP = "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html";

/** Order matters: who copied the value keeps it, whatever is removed later. */
function remedy(revoke: string): string {
  return [
    `${revoke} Whoever loaded the page has a copy, so that removing it alone is not enough.`,
    "Keep secrets on the server: read them from the environment or a secret store, and have the browser call a route of your own that uses them.",
    "Vite, Next.js, Create React App: variables with the prefix VITE_, NEXT_PUBLIC_ or REACT_APP_ are copied into the bundle; give secrets names without it.",
    "Stop it from coming back with a secret scanner in the build, such as gitleaks on the build's output.",
  ].join("\n");
}

function claim(
  parts: Omit<Claim, "references" | "cwe" | "remediation"> & { revoke: string; see: string },
): Claim {
  const { revoke, see, ...rest } = parts;
  return { ...rest, remediation: remedy(revoke), references: [see, OWASP], cwe: 798 };
}

export const CLAIMS = {
  "exposed-access-token": claim({
    type: "exposed-access-token",
    title: "An access token of another service is served",
    description:
      "A response carries a token in the format of a service such as GitHub, npm, GitLab or Slack. Whoever has it acts as its owner there.",
    severity: "high",
    revoke: "Revoke the token at its issuer and look through the issuer's log for its use.",
    see: "https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
  }),
  "exposed-cloud-key": claim({
    type: "exposed-cloud-key",
    title: "A cloud access key is served with its secret",
    description:
      "A response carries the id of an AWS access key and, close to it, a value in the form of its secret. Whoever has both acts with the key's rights.",
    severity: "high",
    revoke: "Deactivate the key in IAM, make another, and look through CloudTrail for its use.",
    see: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
  }),
  "cloud-key-id": claim({
    type: "cloud-key-id",
    title: "The id of a cloud access key is served",
    description:
      "A response carries the id of an AWS access key. Without its secret it opens nothing, but it names the account and is often kept beside the secret.",
    severity: "low",
    revoke: "Look for the secret in the same place, and replace the key if it was there.",
    see: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
  }),
  "exposed-payment-key": claim({
    type: "exposed-payment-key",
    title: "A secret key of a payment account is served",
    description:
      "A response carries a secret key of Stripe in live mode. Whoever has it can read customers, make charges and refunds.",
    severity: "critical",
    revoke: "Roll the key in Stripe's dashboard at once.",
    see: "https://docs.stripe.com/keys",
  }),
  "private-key-in-body": claim({
    type: "private-key-in-body",
    title: "A private key is served",
    description:
      "A response carries a private key block that decodes as a key. Whoever has it can sign, log in or decrypt as its owner.",
    severity: "high",
    revoke: "Replace the key, and revoke the certificates that belong to it.",
    see: "https://cwe.mitre.org/data/definitions/321.html",
  }),
  "exposed-service-account": claim({
    type: "exposed-service-account",
    title: "A Google service account's key file is served",
    description:
      "A response carries the private key and the other fields of a Google Cloud service account. Whoever has it acts with the account's rights.",
    severity: "critical",
    revoke: "Delete the key in IAM (service accounts, keys) and look through the audit log for its use.",
    see: "https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys",
  }),
  "exposed-connection-string": claim({
    type: "exposed-connection-string",
    title: "An address with a user's password is served",
    description:
      "A response carries the address of a database, broker or service together with a user name and a password, or the account and its key.",
    severity: "high",
    revoke: "Change the password.",
    see: "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
  }),
  "exposed-api-key": claim({
    type: "exposed-api-key",
    title: "A Google API key is served",
    description:
      "A response carries a Google API key. Those for maps and the like are made to be public, if they are restricted to the site and to the APIs it uses; nothing here shows whether this one is.",
    severity: "info",
    revoke: "Restrict the key by referrer and by API in the Cloud console.",
    see: "https://cloud.google.com/docs/authentication/api-keys#securing",
  }),
  "possible-secret": claim({
    type: "possible-secret",
    title: "A script assigns a random value to a name for secrets",
    description:
      "A script gives a value that looks generated to a name such as secret, api key or password. It may be meant to be public.",
    severity: "low",
    revoke: "If it is a secret, replace it.",
    see: "https://cwe.mitre.org/data/definitions/798.html",
  }),
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
