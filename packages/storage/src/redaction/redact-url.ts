import { markText } from "./redact-text.ts";
import { createMarker, type Marker, type RedactionPolicy, type SecretKind } from "./redaction-mark.ts";
import { secretNameKind } from "./secret-names.ts";

/** Query and path parameters that are secret in a URL beside those that `markSecretFields` knows everywhere. */
const URL_SECRETS: ReadonlyMap<string, SecretKind> = new Map([
  ["sid", "session"],
  ["session", "session"],
  ["auth", "secret"],
  ["jwt", "token"],
  ["otp", "password"],
  ["ticket", "token"],
  ["sig", "secret"],
  ["signature", "secret"],
  ["samlresponse", "token"],
  ["id_token_hint", "token"],
  ["x-amz-signature", "secret"],
  ["x-goog-signature", "secret"],
]);

const QUERY_PARAMETER = /([?&#])([^=&;#?/]{1,64})=([^&;#]*)/g;
const PATH_PARAMETER = /(;)([^=&;#?/]{1,64})=([^&;#?/]*)/g;

/** The same URL text with its password, secret parameters and recognisable credentials replaced by marks. */
export function redactUrl(url: string, policy: RedactionPolicy): string {
  return markUrl(url, policy, createMarker(policy, "utf8"));
}

export function markUrl(url: string, policy: RedactionPolicy, marker: Marker): string {
  const marked = (all: string, before: string, name: string, value: string) => {
    const plainName = decoded(name);
    const kind = URL_SECRETS.get(plainName.toLowerCase()) ?? secretNameKind(plainName);
    return kind && value !== "" ? `${before}${name}=${marker.mark(kind, value)}` : all;
  };
  const named = url.replace(QUERY_PARAMETER, marked).replace(PATH_PARAMETER, marked);
  return markText(named, policy, marker);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // Not percent-encoded text: the name is what it says.
    return name;
  }
}
