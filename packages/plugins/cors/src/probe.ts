import type { HttpResponse, HttpResult } from "@picket/plugin-sdk";
import type { Trust } from "./claims.ts";
import { type Grant, grantOf } from "./evaluate.ts";
import type { TestOrigins } from "./origins.ts";

/** One request with an origin, or with none, and what its response allows. */
export interface Answer {
  readonly origin: string | null;
  readonly response: HttpResponse;
  readonly grant: Grant | null;
}

export interface Exposure {
  /** Null: any origin by `*`, with credentials. */
  readonly trust: Trust | null;
  readonly credentials: boolean;
  /** What shows it. */
  readonly proofs: readonly Answer[];
  /** An answer that must not grant to an origin that is not trusted, and does not: a proof's is granted because it asked. */
  readonly control: Answer | null;
}

type Ask = (origin: string | null) => Promise<Answer | null>;

/** Asks one URL on behalf of an origin; null when there is no response to judge. */
export function createAsk(send: (origin: string | null) => Promise<HttpResult>): Ask {
  return async (origin) => {
    const response = await send(origin);
    if (!response.ok || response.status >= 500) return null;
    return { origin, response, grant: origin === null ? null : grantOf(response.headers, origin) };
  };
}

async function firstAllowed(origins: readonly string[], ask: Ask): Promise<Answer | null> {
  for (const origin of origins) {
    const answer = await ask(origin);
    if (answer?.grant?.allowed === "origin") return answer;
  }
  return null;
}

/** An echoed origin proves trust in all only when a second, unrelated one is echoed too, and not without being asked. */
async function arbitraryOrigin(first: Answer, second: string, ask: Ask): Promise<Exposure | null> {
  const again = await ask(second);
  if (again?.grant?.allowed !== "origin") return null;
  const control = await ask(null);
  if (!control || grantOf(control.response.headers, second)?.allowed === "origin") return null;
  const credentials = Boolean(first.grant?.credentials && again.grant.credentials);
  return { trust: "any-origin", credentials, proofs: [first, again], control };
}

async function partialTrust(control: Answer, origins: TestOrigins, ask: Ask): Promise<Exposure | null> {
  const forNull = await firstAllowed(["null"], ask);
  const proof = forNull ?? (await firstAllowed(origins.lookalikes, ask));
  if (!proof) return null;
  return {
    trust: forNull ? "null-origin" : "lookalike-origin",
    credentials: proof.grant?.credentials ?? false,
    proofs: [proof],
    control,
  };
}

/** Whom a URL trusts beyond itself. `isThorough`: also asks for `null` and for lookalikes. */
export async function probe(ask: Ask, origins: TestOrigins, isThorough: boolean): Promise<Exposure | null> {
  const first = await ask(origins.foreign);
  if (!first) return null;
  if (first.grant?.allowed === "origin") return arbitraryOrigin(first, origins.second, ask);
  if (first.grant?.allowed === "any")
    return first.grant.credentials
      ? { trust: null, credentials: true, proofs: [first], control: null }
      : null;
  return isThorough ? partialTrust(first, origins, ask) : null;
}
