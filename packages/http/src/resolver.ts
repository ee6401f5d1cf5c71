import { lookup } from "node:dns/promises";

/** All addresses of a host name, in the order they should be tried. Rejects, or is empty, when there is none. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** As the operating system resolves names: hosts file first, then DNS. */
export async function systemResolver(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

/**
 * Keeps each answer for `ttlMs`: a floor under the name's own TTL, so that a name server which alternates its answers
 * cannot choose anew at every request. Failures are not kept; simultaneous questions share one answer.
 */
export function cachingResolver(resolver: Resolver, ttlMs: number): Resolver {
  const answers = new Map<string, { addresses: Promise<readonly string[]>; expiresAt: number }>();
  return (host) => {
    const known = answers.get(host);
    if (known && performance.now() < known.expiresAt) return known.addresses;
    const addresses = resolver(host);
    const answer = { addresses, expiresAt: performance.now() + ttlMs };
    answers.set(host, answer);
    addresses.catch(() => {
      if (answers.get(host) === answer) answers.delete(host);
    });
    return addresses;
  };
}
